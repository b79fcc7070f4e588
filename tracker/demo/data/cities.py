"""The ten cities of the organization's first assembly."""

from tracker.demo.data.shapes import Member

MEMBERS = (
    Member("seoul", "Seoul", "KR", "서울", "ko", "ko"),
    Member("barcelona", "Barcelona", "ES", "Barcelona", "ca", "es"),
    Member("chengdu", "Chengdu", "CN", "成都", "zh", "zh"),
    Member("frankfurt", "Frankfurt am Main", "DE", "Frankfurt am Main", "de", "de"),
    Member("mumbai", "Mumbai", "IN", "मुंबई", "hi", "en"),
    Member("nairobi", "Nairobi", "KE", "Nairobi", "en", "sw"),
    Member("san-francisco", "San Francisco", "US", "San Francisco", "en", "en"),
    Member("sao-paulo", "São Paulo", "BR", "São Paulo", "pt", "pt"),
    Member("tel-aviv", "Tel Aviv", "IL", "תל אביב-יפו", "he", "he"),
    Member("vladivostok", "Vladivostok", "RU", "Владивосток", "ru", "ru"),
)
