"""What the public window says by itself, in the languages of meetings."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "rule_open": {
        "en": "Open vote: one vote a browser. It does not prove that nobody voted twice.",
        "de": "Offene Abstimmung: eine Stimme je Browser. Sie beweist nicht, dass niemand zweimal abstimmt.",
        "es": "Votación abierta: un voto por navegador. No prueba que nadie vote dos veces.",
        "fr": "Vote ouvert : une voix par navigateur. Il ne prouve pas que personne ne vote deux fois.",
        "zh": "公开投票：每个浏览器一票。不能证明没有人重复投票。",
    },
    "rule_slip": {
        "en": "Vote by slip: one vote for each slip from the door.",
        "de": "Abstimmung mit Zetteln: eine Stimme je Zettel vom Eingang.",
        "es": "Voto con papeleta: un voto por cada papeleta de la entrada.",
        "fr": "Vote par bulletin : une voix par bulletin remis à l'entrée.",
        "zh": "凭票码投票：入口处每张票码一票。",
    },
    "slips": {"en": "{} slips were handed out.", "de": "{} Zettel wurden ausgegeben.",
              "es": "Se entregaron {} papeletas.", "fr": "{} bulletins ont été remis.", "zh": "已发出 {} 张票码。"},
    "hidden": {"en": "Figures are shown when the vote is closed.", "de": "Ergebnisse nach dem Ende der Abstimmung.",
               "es": "Los resultados se muestran al cerrar la votación.",
               "fr": "Les résultats seront affichés à la clôture.", "zh": "投票结束后显示结果。"},
    "closed": {"en": "Closed", "de": "Beendet", "es": "Cerrada", "fr": "Clos", "zh": "已结束"},
    "head": {"en": "Record at the close", "de": "Stand des Protokolls", "es": "Registro al cierre",
             "fr": "Registre à la clôture", "zh": "结束时的记录"},
    "join": {"en": "Take part", "de": "Mitmachen", "es": "Participar", "fr": "Participer", "zh": "参与"},
    "join_wifi": {"en": "1. Join the Wi-Fi", "de": "1. Ins WLAN", "es": "1. Entrar en el wifi",
                  "fr": "1. Rejoindre le Wi-Fi", "zh": "1. 加入 Wi-Fi"},
    "join_page": {"en": "2. Open the page", "de": "2. Seite öffnen", "es": "2. Abrir la página",
                  "fr": "2. Ouvrir la page", "zh": "2. 打开网页"},
    "open_page": {"en": "Open the page", "de": "Seite öffnen", "es": "Abrir la página",
                  "fr": "Ouvrir la page", "zh": "打开网页"},
    "code": {"en": "Code", "de": "Code", "es": "Código", "fr": "Code", "zh": "代码"},
    "rehearsal": {"en": "REHEARSAL", "de": "PROBE", "es": "ENSAYO", "fr": "RÉPÉTITION", "zh": "排练"},
    "support": {"en": "{} support this", "de": "{} unterstützen das", "es": "{} lo apoyan", "fr": "{} soutiennent",
                "zh": "{} 人支持"},
    "kind_idea": {"en": "Idea", "de": "Idee", "es": "Idea", "fr": "Idée", "zh": "想法"},
    "kind_worry": {"en": "Worry", "de": "Sorge", "es": "Preocupación", "fr": "Inquiétude", "zh": "担忧"},
    "kind_question": {"en": "Question", "de": "Frage", "es": "Pregunta", "fr": "Question", "zh": "问题"},
    "kind_like": {"en": "I like this", "de": "Gefällt mir", "es": "Me gusta", "fr": "J'aime", "zh": "喜欢"},
    "source_room": {"en": "room", "de": "Saal", "es": "sala", "fr": "salle", "zh": "现场"},
    "source_online": {"en": "online", "de": "online", "es": "en línea", "fr": "en ligne", "zh": "在线"},
    "source_paper": {"en": "paper", "de": "Papier", "es": "papel", "fr": "papier", "zh": "纸质"},
    "source_hands": {"en": "hands", "de": "Handzeichen", "es": "manos alzadas", "fr": "mains levées", "zh": "举手"},
    "source_assisted": {"en": "assisted", "de": "mit Hilfe", "es": "con ayuda", "fr": "avec aide", "zh": "协助"},
    "no_data": {"en": "no data", "de": "keine Angabe", "es": "sin datos", "fr": "sans donnée", "zh": "无数据"},
    "more": {"en": "and {} more", "de": "und {} weitere", "es": "y {} más", "fr": "et {} autres", "zh": "另有 {} 项"},
}  # fmt: skip
VOTES = {
    "en": ("1 vote", "{:,} votes"), "de": ("1 Stimme", "{:,} Stimmen"), "es": ("1 voto", "{:,} votos"),
    "fr": ("1 voix", "{:,} voix"), "zh": ("1 票", "{:,} 票"),
}  # fmt: skip


def of(name: str, language: str) -> str:
    """Return words in a language, in English where there are none."""
    said = WORDS.get(name, {})
    return said.get(language) or said.get("en", name)


def votes(count: int, language: str) -> str:
    """Return how many votes there are."""
    one, many = VOTES.get(language, VOTES["en"])
    return one if count == 1 else many.format(count)
