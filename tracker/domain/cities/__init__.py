"""Cities: the members of the organization, with facts from the geonames data set."""
