"""What people write into a tracker, in each of its languages, and what is hard to lay out: long
words, and a title in a script that runs the other way."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One person's own words. `foreign` is what the partner city writes."""

    person: str
    city: str
    project: str
    milestone: str
    indicator: str
    unit: str
    reason: str
    foreign: str = "תיקון ליקויים ברחובות (311): מוקד עירוני אחד"


WORDS = {
    "en": Words(
        "Amara Okafor-Whitfield",
        "Nairobi",
        "Complaints about streets and water in one app",
        "Data of the old call centre moved",
        "Days until a complaint is answered",
        "days",
        "The call centre's contract ends later than both cities had thought.",
    ),
    "ko": Words(
        "김서연",
        "서울특별시",
        "도로와 상수도 민원을 하나의 앱으로 처리하는 통합 민원 창구 구축 사업",
        "기존 콜센터 자료 이전 완료",
        "민원이 접수된 날부터 답변까지 걸리는 평균 일수",
        "일",
        "콜센터 위탁 계약이 두 도시의 예상보다 늦게 끝나 자료 이전을 미루었습니다.",
    ),
    "es": Words(
        "María José Fernández-Villaverde",
        "Bogotá",
        "Reclamos sobre calles y agua en una sola aplicación",
        "Migración de los datos del centro de llamadas",
        "Días hasta la respuesta a un reclamo",
        "días",
        "El contrato del centro de llamadas termina más tarde de lo previsto.",
    ),
    "ca": Words(
        "Montserrat Puig i Cadafalch",
        "Barcelona",
        "Queixes sobre carrers i aigua en una sola aplicació",
        "Migració de les dades del centre d’atenció",
        "Dies fins a la resposta d’una queixa",
        "dies",
        "El contracte del centre d’atenció s’acaba més tard del previst.",
    ),
    "zh-Hans": Words(
        "王晓明",
        "成都市",
        "将道路与供水投诉统一到一个应用程序中的市民服务平台建设项目",
        "旧呼叫中心数据迁移完成",
        "从收到投诉到答复所需的平均天数",
        "天",
        "呼叫中心的合同到期时间比两个城市原先预计的要晚，因此推迟了数据迁移。",
    ),
    "de": Words(
        "Friederike Hohenstein-Wolkersdorfer",
        "Frankfurt am Main",
        "Bürgerbeschwerdemanagementsystem für Trinkwasserversorgungsleitungen",
        "Abnahme der Beschwerdestellendatenübernahmevereinbarung",
        "Bearbeitungszeit einer Trinkwasserversorgungsbeschwerde",
        "Arbeitstage",
        "Der Dienstleistungsvertrag der Beschwerdestelle endet später als gedacht.",
    ),
    "hi": Words(
        "प्रियंका श्रीवास्तव",
        "मुंबई",
        "सड़क और जलापूर्ति की शिकायतों के लिए एकीकृत मोबाइल ऐप",
        "पुराने कॉल सेंटर के आँकड़ों का स्थानांतरण",
        "शिकायत के उत्तर तक लगने वाले औसत दिन",
        "दिन",
        "कॉल सेंटर का अनुबंध दोनों शहरों के अनुमान से बाद में समाप्त होता है।",
    ),
    "sw": Words(
        "Wanjiru Kamau",
        "Mombasa",
        "Malalamiko ya barabara na maji katika programu moja",
        "Data ya kituo cha zamani cha simu imehamishwa",
        "Siku hadi lalamiko kujibiwa",
        "siku",
        "Mkataba wa kituo cha simu unaisha baadaye kuliko miji yote miwili ilivyodhani.",
    ),
    "pt-BR": Words(
        "João Guimarães de Albuquerque",
        "São Paulo",
        "Reclamações sobre ruas e água em um só aplicativo",
        "Migração dos dados da central de atendimento",
        "Dias até a resposta a uma reclamação",
        "dias",
        "O contrato da central de atendimento termina mais tarde do que o previsto.",
    ),
    "he": Words(
        "נועה בן־דוד",
        "תל אביב-יפו",
        "תלונות על רחובות ומים ביישומון אחד (311)",
        "העברת הנתונים ממוקד הטלפון הישן",
        "ימים עד למענה על תלונה",
        "ימים",
        "החוזה של מוקד הטלפון מסתיים מאוחר יותר ממה ששתי הערים חשבו.",
        "Complaints about streets and water (311): one app!",
    ),
    "ru": Words(
        "Александра Константинопольская",
        "Санкт-Петербург",
        "Автоматизированная система рассмотрения водоснабженческих и градостроительных обращений",
        "Освидетельствование высокопроизводительного центра обработки",
        "Продолжительность рассмотрения обращения",
        "дней",
        "Договор с телефонным центром заканчивается позже, чем предполагали оба города.",
    ),
}
