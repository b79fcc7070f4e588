"""Commands that read rows from a file."""

import argparse

from tracker.commands import in_database, read


def import_cities(options: argparse.Namespace) -> None:
    """Import all rows of a file, or none."""
    data = read(options.file)
    from tracker.domain.actor import SYSTEM
    from tracker.domain.cities.actions import import_cities, read_rows

    rows = read_rows(data)
    imported = in_database(options, lambda _: import_cities(SYSTEM, rows))
    print(f"Cities imported: {len(imported)}.")


def import_rates(options: argparse.Namespace) -> None:
    """Import all exchange rates of a file, or none."""
    data = read(options.file)
    from tracker.domain.actor import SYSTEM
    from tracker.domain.budgets.rates import ECB, import_rates, read_rates

    rates = read_rates(data)
    source = options.source or ECB
    batch = in_database(options, lambda _: import_rates(SYSTEM, rates, source))
    print(f"Rates imported: {batch.rates}, of which revised: {batch.revised}.")
