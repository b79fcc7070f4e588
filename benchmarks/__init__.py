"""`make bench`: this server against what anyone would pick instead, in one run.

    portfolio.sql, generate.py   databases of generated portfolios, kept between runs
    operations.py                what is asked, in each competitor's own words, and one form of
                                 the answers in which all must be equal
    competitors.py               how each competitor is started
    written.py, plain.py, plain_types.py, postgraphile/   the competitors: SQL by hand, Strawberry
                                 with data loaders, PostGraphile. Its aggregate is the plug-in's,
                                 over a view, in the faster of two forms; one more row compares
                                 with a function in SQL that it passes on. Health and roll-ups are
                                 compared with SQL by hand over the same kept rows: the others have
                                 no such thing of their own
    load.py, processes.py        interleaved rounds of load, and what they cost
    figures.py, chart.py         medians, ratios, bars, files

Nothing of this is part of the product.
"""
