"""The same questions in PostGraphile's words, as its users would ask them."""

PG_PORTFOLIO = """
query Portfolio($state: String!, $region: String!) {
  projectsList(
    first: 100, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]
    filter: {state: {equalTo: $state}, cityByRecipientCity: {regionCode: {equalTo: $region}}}
  ) {
    rowId code title state plannedStartOn plannedEndOn
    cityByDonorCity { name countryCode } cityByRecipientCity { name countryCode }
    milestonesByProjectList(first: 20, orderBy: [DUE_ON_ASC, ROW_ID_ASC]) { title dueOn state }
    indicatorsByProjectList(first: 20, orderBy: [ROW_ID_ASC]) {
      title unit baselineValue valueByLatestValue { value number }
    }
  }
}
"""
PG_PROJECT = """
query Project($id: Int!) {
  project(rowId: $id) {
    rowId code title summary state plannedStartOn plannedEndOn themes
    cityByDonorCity { name countryCode population }
    cityByRecipientCity { name countryCode population }
    milestonesByProjectList(first: 20, orderBy: [DUE_ON_ASC, ROW_ID_ASC]) {
      rowId title kind dueOn state weight
    }
    indicatorsByProjectList(first: 20, orderBy: [ROW_ID_ASC]) {
      rowId title unit baselineValue
      periodsByIndicatorList(first: 20, orderBy: [STARTS_ON_ASC, ROW_ID_ASC]) {
        startsOn endsOn targetValue
        valuesByPeriodList(first: 1, condition: {state: "approved"}) { value }
      }
    }
  }
}
"""
PG_AGGREGATE_DISTINCT = """
query Aggregate {
  projectFacets {
    groupedAggregates(groupBy: [STATE, REGION, THEME, CURRENCY]) {
      keys distinctCount { projectId } sum { amount }
    }
  }
}
"""
PG_AGGREGATE_SUM = """
query Aggregate {
  projectFacets {
    groupedAggregates(groupBy: [STATE, REGION, THEME, CURRENCY]) { keys sum { one amount } }
  }
}
"""
PG_AGGREGATES = (PG_AGGREGATE_DISTINCT, PG_AGGREGATE_SUM)
"""The plug-in has no plain count, so there are two ways to ask it for one. The sum of a column of
ones is right only while no project has two lines of one currency, as in the generated portfolio."""

PG_AGGREGATE_FUNCTION = """
query Aggregate { portfolioGroupsList { state region theme currency projects amount } }
"""
PG_SEARCH = """
query Search($words: String!) {
  searchProjectsList(words: $words, first: 20) {
    rowId code title state
  }
}
"""
PG_UPDATE = """
mutation Update($id: Int!, $title: String!) {
  updateMilestone(input: {rowId: $id, patch: {title: $title}}) {
    milestone { rowId title dueOn }
  }
}
"""

POSTGRAPHILE = {
    "portfolio": PG_PORTFOLIO,
    "project": PG_PROJECT,
    "aggregate": PG_AGGREGATE_SUM,
    "search": PG_SEARCH,
    "update": PG_UPDATE,
}
"""Operation -> its document."""
