async def test_a(cast): print(cast)
async def test_b(cast, redis): print(await redis.ping())
