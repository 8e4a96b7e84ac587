"""Frequent given names: they tell "Maria Kowalska" from "Oak Terrace"; words of places tell "Charles Square"."""

from __future__ import annotations

# source: the most frequent names in the public name statistics of national offices (SSA, ONS, INSEE, GfdS, INE,
# ISTAT, SCB, DVV, PESEL register, Rosstat), written down from common knowledge; places named after people are many,
# so callers leave out values with words of places.
_WRITTEN = """
james john robert michael william david richard joseph thomas charles christopher daniel matthew anthony mark
donald steven paul andrew joshua kenneth kevin brian george edward ronald timothy jason jeffrey ryan jacob gary
nicholas eric jonathan stephen larry justin scott brandon benjamin samuel gregory frank alexander raymond patrick
jack dennis jerry tyler aaron jose adam nathan henry douglas zachary peter kyle walter ethan jeremy harold keith
christian roger noah gerald carl terry sean austin arthur lawrence jesse dylan bryan joe jordan billy bruce albert
willie gabriel logan alan juan wayne roy ralph randy eugene vincent russell elijah louis bobby philip johnny fred
mary patricia jennifer linda elizabeth barbara susan jessica sarah karen lisa nancy betty margaret sandra ashley
kimberly emily donna michelle carol amanda dorothy melissa deborah stephanie rebecca sharon laura cynthia kathleen
amy angela shirley anna brenda pamela emma nicole helen samantha katherine christine debra rachel carolyn janet
catherine maria heather diane ruth julie olivia joyce virginia victoria kelly lauren christina joan evelyn judith
megan andrea cheryl hannah jacqueline martha gloria teresa ann sara madison frances kathryn janice jean abigail
alice julia judy sophia grace denise amber doris marilyn danielle beverly isabella theresa diana natalie brittany
charlotte marie kayla alexis lori jane oliver harry leo oscar archie alfie freya amelia isla lily poppy
hans peter wolfgang klaus jurgen jürgen juergen michael andreas stefan stephan thomas uwe bernd werner helmut
gunter günter guenter gerhard horst manfred dieter heinz karl heinrich friedrich fritz otto ernst walter rolf
jens jorg jörg ralf frank matthias markus martin sebastian tobias florian lukas jonas felix maximilian moritz
ursula monika petra renate sabine brigitte ingrid gisela helga karin gabriele claudia susanne birgit heike
andrea angelika ute christa erika elke anke katrin kathrin silke anja tanja nadine stefanie sandra lena leonie
jean pierre michel andre andré philippe rene rené louis alain jacques bernard marcel daniel roger robert claude
francois françois nicolas laurent frederic frédéric christophe pascal thierry eric éric olivier julien sebastien
sébastien guillaume antoine hugo lucas jules mathieu maxime gerard gérard yves henri
marie jeanne francoise françoise monique catherine nathalie isabelle sylvie anne valerie valérie christine
sophie sandrine celine céline stephanie stéphanie veronique véronique brigitte chantal martine nicole jacqueline
helene hélène camille chloe chloé manon lea léa aurelie aurélie emilie émilie julie
antonio jose josé manuel francisco juan david javier carlos miguel jesus jesús alejandro pedro luis pablo rafael
angel ángel fernando jorge alberto sergio ramon ramón diego andres andrés eduardo ricardo enrique
carmen josefa isabel dolores pilar teresa ana francisca laura antonia cristina marta mercedes lucia lucía elena
rosa rosario concepcion concepción beatriz raquel silvia patricia sofia sofía camila valentina
joao joão antónio paulo rui tiago goncalo gonçalo marcos mateus fernanda juliana mariana beatriz ines inês
giuseppe giovanni francesco andrea marco alessandro luca antonio mario luigi paolo roberto stefano matteo lorenzo
davide simone federico riccardo giulia chiara francesca alessia martina elisa paola silvia valentina federica
anna giovanna angela sara giorgia laura
jan piet pieter kees johan johannes hendrik willem jeroen bas daan sem lars maarten marieke anneke femke sanne
lars erik anders karl mikael nils per olof gunnar bjorn björn magnus fredrik johan gustav sven ingrid karin
kristina eva birgitta margareta elin astrid maja linnea kari berit liv ingeborg jens soren søren mette kirsten
juha timo matti mikko antti jari kari jukka pekka heikki tuomas ville marja tuula ritva leena anneli helena
pirjo liisa paivi päivi tiina minna
piotr krzysztof andrzej tomasz pawel paweł jan michal michał marcin jakub adam lukasz łukasz grzegorz katarzyna
malgorzata małgorzata agnieszka ewa magdalena joanna zofia jadwiga danuta jiri jiří petr pavel vaclav václav
jana eva hana tereza lenka istvan istván laszlo lászló zoltan zoltán ferenc gabor gábor katalin erzsebet
ion gheorghe andrei mihai elena ioana mehmet mustafa ahmet ali huseyin hüseyin hasan ibrahim fatma ayse ayşe
emine hatice zeynep elif mohammed muhammad mohamed ahmed omar youssef hassan hussein khalid fatima aisha maryam
aleksandr alexei sergei dmitri vladimir mikhail nikolai ivan natalia olga tatiana elena irina svetlana ekaterina
александр сергей дмитрий андрей алексей владимир михаил николай иван елена ольга наталья татьяна ирина анна
мария светлана екатерина wei ming hiroshi takashi kenji yuki haruka sakura taro hanako akira satoshi
minjun jihoon seoyeon raj rahul amit priya anita sunita anil vijay sanjay ravi nguyen linh siti budi agus dewi
siobhan niamh aoife ciaran eoin padraig seamus
"""
GIVEN_NAMES = frozenset(_WRITTEN.split())
"""In small letters."""
