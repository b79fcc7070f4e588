"""Seeds as `tracker demo` does: python -m tests.demo.seeding (settings from the environment)"""

import asyncio

from tracker.demo.portfolio import seed
from tracker.settings import Settings

if __name__ == "__main__":
    asyncio.run(seed(Settings.from_environment()))
