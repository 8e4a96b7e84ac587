"""The sample city's meeting: a story of five slides, polls and a call for ideas, in five languages."""

from __future__ import annotations

from twin.hearing_plan import Call, Facility, HearingPlan
from twin.poll import Option, Poll, PollKind, VotingRule
from twin.story import Slide

LANGUAGES = ("en", "de", "es", "fr", "zh")


def _said(en: str, de: str, es: str, fr: str, zh: str) -> dict[str, str]:
    return dict(zip(LANGUAGES, (en, de, es, fr, zh), strict=True))


STORY = (
    Slide(
        "welcome",
        _said(
            "Lindhaven in 2030", "Lindhaven im Jahr 2030", "Lindhaven en 2030", "Lindhaven en 2030", "2030年的林德港"
        ),
        _said(
            "Tonight we talk about the town by the river: what stays, what changes, and what you want.",
            "Heute sprechen wir über die Stadt am Fluss: was bleibt, was sich ändert, und was Sie wollen.",
            "Hoy hablamos de la ciudad junto al río: qué queda, qué cambia y qué quieren ustedes.",
            "Ce soir, nous parlons de la ville au bord du fleuve : ce qui reste, ce qui change, ce que vous voulez.",
            "今晚我们谈谈河边的这座城市：什么保留，什么改变，以及您想要什么。",
        ),
        _said(
            "The whole town from the south-east: a river from left to right, the old town beside it, and "
            "single houses around. Buildings are coloured by their use.",
            "Die ganze Stadt von Südosten: ein Fluss von links nach rechts, daneben die Altstadt, ringsum "
            "Einzelhäuser. Die Gebäude sind nach ihrer Nutzung gefärbt.",
            "Toda la ciudad vista desde el sureste: un río de izquierda a derecha, el casco antiguo a su lado "
            "y casas sueltas alrededor. Los edificios tienen el color de su uso.",
            "Toute la ville vue du sud-est : un fleuve de gauche à droite, la vieille ville à côté et des "
            "maisons isolées autour. Les bâtiments ont la couleur de leur usage.",
            "从东南方看全城：河流从左向右，旁边是老城，四周是独栋房屋。建筑按用途着色。",
        ),
        notes="Greet. Two minutes. Say where slips and forms are, and that nothing needs a phone.",
        view="Lindhaven",
    ),
    Slide(
        "centre",
        _said("The centre today", "Die Mitte heute", "El centro hoy", "Le centre aujourd'hui", "今天的市中心"),
        _said(
            "Shops, offices and homes stand side by side, and the tram stops in the middle.",
            "Läden, Büros und Wohnungen stehen nebeneinander, und mittendrin hält die Straßenbahn.",
            "Tiendas, oficinas y viviendas están juntas, y el tranvía para en medio.",
            "Commerces, bureaux et logements se côtoient, et le tram s'arrête au milieu.",
            "商店、办公楼和住宅比邻而立，有轨电车就停在中间。",
        ),
        _said(
            "The centre from the south, near by: blocks around courtyards, coloured by their use.",
            "Die Mitte von Süden, aus der Nähe: Blöcke um Höfe, nach ihrer Nutzung gefärbt.",
            "El centro desde el sur, de cerca: manzanas con patios, con el color de su uso.",
            "Le centre vu du sud, de près : des îlots autour de cours, colorés selon leur usage.",
            "从南方近看市中心：围绕庭院的街区，按用途着色。",
        ),
        notes="Ask who lives here. Show of hands, no count.",
        view="The centre",
    ),
    Slide(
        "people",
        _said("Where people live", "Wo Menschen wohnen", "Dónde vive la gente", "Où vivent les gens", "人们住在哪里"),
        _said(
            "Dark blocks have many people, light ones few. The lines are tram and railway.",
            "In dunklen Blöcken wohnen viele Menschen, in hellen wenige. Die Linien sind Straßenbahn und Eisenbahn.",
            "En las manzanas oscuras vive mucha gente, en las claras poca. Las líneas son el tranvía y el tren.",
            "Les îlots foncés sont très habités, les clairs peu. Les lignes sont le tram et le train.",
            "颜色深的街区人口多，浅的人口少。线条是电车和铁路。",
        ),
        _said(
            "The blocks of the town coloured by how many people live in them, with tram and railway as lines.",
            "Die Blöcke der Stadt, gefärbt nach der Zahl der Menschen; Straßenbahn und Eisenbahn als Linien.",
            "Las manzanas de la ciudad coloreadas según sus habitantes, con el tranvía y el tren como líneas.",
            "Les îlots de la ville colorés selon le nombre d'habitants, avec le tram et le train en lignes.",
            "按居住人口着色的街区，电车和铁路用线表示。",
        ),
        notes="The figures are of the last census; say so.",
        view="People by block",
    ),
    Slide(
        "plan",
        _said("The plan of 2030", "Der Plan von 2030", "El plan de 2030", "Le plan de 2030", "2030年规划"),
        _said(
            "The plan says what may be built where. It is open until the end of the month.",
            "Der Plan sagt, was wo gebaut werden darf. Er liegt bis zum Ende des Monats aus.",
            "El plan dice qué se puede construir y dónde. Está abierto hasta fin de mes.",
            "Le plan dit ce qui peut être construit et où. Il est ouvert jusqu'à la fin du mois.",
            "规划规定哪里可以建什么。意见征集到月底为止。",
        ),
        _said(
            "The zones of the plan in colours over streets and water.",
            "Die Gebiete des Plans in Farben über Straßen und Wasser.",
            "Las zonas del plan en colores sobre calles y agua.",
            "Les zones du plan en couleurs sur les rues et l'eau.",
            "规划分区以颜色覆盖在街道和水面之上。",
        ),
        notes="Stay until questions are out.",
        view="Plan of 2030",
    ),
    Slide(
        "yours",
        _said(
            "Now it is your turn", "Jetzt sind Sie dran", "Ahora les toca a ustedes", "À vous maintenant", "现在轮到您"
        ),
        _said(
            "Pin an idea or a worry to the map, then vote. On the phone, on paper, or at the help desk.",
            "Heften Sie eine Idee oder Sorge an die Karte und stimmen Sie ab: am Telefon, auf Papier, am Hilfetisch.",
            "Pongan una idea o una preocupación en el mapa y voten: con el móvil, en papel o en la mesa de ayuda.",
            "Épinglez une idée ou une inquiétude sur la carte, puis votez : au téléphone, sur papier ou à l'accueil.",
            "在地图上标出想法或担忧，然后投票：用手机、纸质表格或到服务台。",
        ),
        _said(
            "The whole town straight from above, north up, as a map to point at.",
            "Die ganze Stadt senkrecht von oben, Norden oben, als Karte zum Zeigen.",
            "Toda la ciudad vertical desde arriba, norte arriba, como mapa para señalar.",
            "Toute la ville à la verticale, nord en haut, comme une carte à pointer.",
            "从正上方俯视全城，北朝上，可当作指点的地图。",
        ),
        notes="Show the codes. Ten minutes, then open the first poll.",
        view="From above",
    ),
)
POLLS = (
    Poll(
        "first",
        _said("What should come first?", "Was soll zuerst kommen?", "¿Qué debe ir primero?",
              "Que faut-il faire d'abord ?", "应该先做什么？"),
        (
            Option("homes", _said("Homes", "Wohnungen", "Viviendas", "Logements", "住宅")),
            Option("park", _said("A park by the river", "Ein Park am Fluss", "Un parque junto al río",
                                 "Un parc au bord du fleuve", "河边公园")),
            Option("tram", _said("More trams", "Mehr Straßenbahnen", "Más tranvías", "Plus de trams", "更多电车")),
        ),
    ),
    Poll(
        "plan",
        _said("Should the plan of 2030 go ahead?", "Soll der Plan von 2030 kommen?", "¿Debe seguir el plan de 2030?",
              "Le plan de 2030 doit-il se faire ?", "2030年规划是否应实施？"),
        (
            Option("yes", _said("Yes", "Ja", "Sí", "Oui", "是")),
            Option("change", _said("Yes, with changes", "Ja, mit Änderungen", "Sí, con cambios",
                                   "Oui, avec des changements", "是，但需修改")),
            Option("no", _said("No", "Nein", "No", "Non", "否")),
        ),
        rule=VotingRule.SLIP,
        is_hidden=True,
    ),
    Poll(
        "meeting",
        _said("How was this meeting?", "Wie war dieser Abend?", "¿Qué tal la reunión?",
              "Comment était cette réunion ?", "您觉得这次会议怎么样？"),
        (
            Option(
                "understood",
                _said("I understood what is planned", "Ich habe verstanden, was geplant ist",
                      "Entendí lo que se planea", "J'ai compris ce qui est prévu", "我了解了规划内容"),
            ),
            Option(
                "heard",
                _said("I was heard", "Ich wurde gehört", "Me escucharon", "J'ai été entendu", "我的意见被听到"),
            ),
        ),
        kind=PollKind.RATING,
    ),
)  # fmt: skip
HEARING = HearingPlan(
    languages=LANGUAGES,
    districts=("Altstadt", "Harbour", "North", "South"),
    calls=(
        Call(
            "riverside",
            _said(
                "Ideas for the riverside: what is missing between the bridges?",
                "Ideen für das Ufer: Was fehlt zwischen den Brücken?",
                "Ideas para la ribera: ¿qué falta entre los puentes?",
                "Des idées pour la rive : que manque-t-il entre les ponts ?",
                "河岸创意：桥与桥之间缺少什么？",
            ),
            _said(
                "It is open to everybody, it needs no car, and it can be there by 2030.",
                "Es ist für alle da, braucht kein Auto und kann bis 2030 entstehen.",
                "Está abierto a todos, no necesita coche y puede estar en 2030.",
                "C'est ouvert à tous, sans voiture, et réalisable d'ici 2030.",
                "向所有人开放，不需要汽车，2030年前可以建成。",
            ),
            "2026-12-31",
        ),
    ),
    facilities=(Facility("market", "Market Square", (10.0785, 53.8565)),),
)
