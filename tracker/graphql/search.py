"""Searching practices, requests, projects and lessons by words. What is searched, and how words of
many languages are compared, is in the migrations, because triggers and indexes keep it."""

from tracker.graphql.planner.search import Search
from tracker.graphql.planner.union import union
from tracker.graphql.registry import registry


def by_words(noun: str, source: str, spoken: str) -> Search:
    """How rows of the table `noun` are found; snippets come from `source`, whose words are
    taken for those of the languages `spoken`. Both are SQL over the row `{t}`."""
    return Search(
        query="search_query({x})",
        # As an array, because PostgreSQL then looks up what was found by its numbers whatever it
        # expects, and one plan serves every search; planning each anew took a third of the time.
        condition=f"{{t}}.id = ANY(ARRAY(SELECT s.id FROM {noun}_search s"
        " WHERE s.document @@ {q}))",
        rank=(
            "(SELECT round(greatest(ts_rank(s.document, {q}, 32), 0.0001)::numeric, 4)::float8"
            f" FROM {noun}_search s WHERE s.id = {{t}}.id)"
        ),
        snippet=f"search_snippet({spoken}, {source}, {{q}})",
    )


def of_city(column: str) -> str:
    """The languages of the city that the row names."""
    return f"(SELECT c.languages::text[] FROM city c WHERE c.id = {{t}}.{column})"


registry.union(
    "search",
    union(
        "SearchResult",
        "Practices, requests, projects and lessons that you may see, by words in their texts, in"
        " any language; endings, accents and small slips do not matter.",
        ("Practice", "Request", "Project", "Lesson"),
        types="SearchType",
    ),
)
