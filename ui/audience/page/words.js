/* What the page says, by language. A text that a meeting gives itself (questions, slides) comes from the server. */
"use strict";
var WORDS = {
  en: {
    name: "English", skip: "Skip to the content", language: "Language", rehearsal: "Rehearsal: nothing here counts.",
    offline: "No connection. Trying again…", joinTitle: "Take part", code: "Code on the screen", joinButton: "Join",
    notice: "You need no name and no account. What you write is read by a moderator before others see it. Votes and comments are stored on this computer, apart from each other and without your phone's address. You can take back what you sent.",
    now: "Now", places: "Places", comments: "Comments", mine: "Mine", write: "Your comment", send: "Send", cancel: "Cancel",
    wrongCode: "This is not the code on the screen.", tooOften: "That was too often. Wait a moment.", failed: "That did not work: {why}",
    sent: "Sent. Thank you.", sentHeld: "Sent. A moderator reads it first.", voted: "Your vote is stored.", changed: "Your vote is changed.",
    withdrawn: "Taken back.", vote: "Vote", changeVote: "Change my vote", withdraw: "Take back", saveReceipt: "Save receipt",
    ruleOpen: "Open vote: one vote for each browser. This is no proof against people voting twice.",
    ruleSlip: "Vote by slip: one vote for each slip from the door.", slip: "Code on your slip", hidden: "The result is shown when the vote is closed.",
    openPoll: "open", closedPoll: "closed", votes: "{n} votes", bySource: "room {room}, online {online}, paper {paper}, hands {hands}, assisted {assisted}",
    slipsIssued: "{n} slips handed out", head: "Checksum of the record at the close", most: "Choose at most {n}.", rank: "Give each a place: 1 is the best.",
    place: "place {n}", noPlace: "no place", mark: "mark {n} of {of}", noMark: "no mark", choose: "Choose first.", points: "points", mean: "mean",
    lookAt: "Look at", slideView: "What is on the screen", plan: "Map of the whole area", zoomIn: "Zoom in", zoomOut: "Zoom out",
    tapHint: "Tap a place or a building in the picture to comment on it. Or use the list below.", sky: "There is only sky there.",
    point: "Point", line: "Line", area: "Area", drawing: "Corners: {n}. Tap the next one.", done: "Done", again: "Start again",
    find: "Find a street, a number, a landmark", search: "Search", nothingFound: "Nothing found.", commentHere: "Comment here", wholeProject: "Comment on the whole project",
    about: "About: {place}", thisPlace: "this place", text: "What do you want to say?", meant: "What is it?", idea: "Idea", worry: "Worry", question: "Question", like: "I like it",
    ageGroup: "Age group (optional)", district: "Where you live (optional)", notSaid: "rather not say",
    support: "Support", supported: "Supported", flag: "Report", flagged: "Reported to the moderators.", supporters: "{n} support this", noComments: "No comments yet.", more: "More",
    answer: "Answer", status_open: "not answered", status_planned: "planned", status_done: "done", status_declined: "declined",
    state_held: "waits for a moderator", state_accepted: "shown", state_rejected: "not shown", state_merged: "joined with another", reason: "Reason",
    nothingSent: "You have not sent anything.", yourVotes: "Your votes", yourComments: "Your comments", helper: "This device helps several people in turn",
    helperHint: "Each person gives the code of their slip. Everything is cleared after each.", next: "Next person", cleared: "Cleared. The next person, please.",
    call: "We ask for ideas", deadline: "until {when}", sendIdea: "Send an idea", rate: "Rate", rateTitle: "Rate a place", rating: "Your rating", why: "Why?", ended: "The meeting has ended.", redacted: "shortened by a moderator",
  },
  de: {
    name: "Deutsch", skip: "Zum Inhalt", language: "Sprache", rehearsal: "Probe: Hier zählt nichts.",
    offline: "Keine Verbindung. Neuer Versuch…", joinTitle: "Mitmachen", code: "Code auf der Leinwand", joinButton: "Teilnehmen",
    notice: "Sie brauchen keinen Namen und kein Konto. Was Sie schreiben, liest zuerst eine Moderatorin oder ein Moderator. Stimmen und Kommentare liegen auf diesem Rechner, voneinander getrennt und ohne die Adresse Ihres Telefons. Was Sie gesendet haben, können Sie zurücknehmen.",
    now: "Jetzt", places: "Orte", comments: "Kommentare", mine: "Meines", write: "Ihr Kommentar", send: "Senden", cancel: "Abbrechen",
    wrongCode: "Das ist nicht der Code auf der Leinwand.", tooOften: "Das war zu oft. Bitte kurz warten.", failed: "Das ging nicht: {why}",
    sent: "Gesendet. Danke.", sentHeld: "Gesendet. Es wird zuerst gelesen.", voted: "Ihre Stimme ist gespeichert.", changed: "Ihre Stimme ist geändert.",
    withdrawn: "Zurückgenommen.", vote: "Abstimmen", changeVote: "Stimme ändern", withdraw: "Zurücknehmen", saveReceipt: "Beleg speichern",
    ruleOpen: "Offene Abstimmung: eine Stimme je Browser. Das schützt nicht davor, dass jemand zweimal abstimmt.",
    ruleSlip: "Abstimmung mit Zettel: eine Stimme je Zettel vom Eingang.", slip: "Code auf Ihrem Zettel", hidden: "Das Ergebnis wird nach dem Ende gezeigt.",
    openPoll: "läuft", closedPoll: "beendet", votes: "{n} Stimmen", bySource: "Saal {room}, online {online}, Papier {paper}, Hände {hands}, mit Hilfe {assisted}",
    slipsIssued: "{n} Zettel ausgegeben", head: "Prüfsumme des Protokolls am Ende", most: "Höchstens {n} wählen.", rank: "Geben Sie Plätze: 1 ist der beste.",
    place: "Platz {n}", noPlace: "kein Platz", mark: "Note {n} von {of}", noMark: "keine Note", choose: "Bitte zuerst wählen.", points: "Punkte", mean: "Mittel",
    lookAt: "Ansicht", slideView: "Was auf der Leinwand ist", plan: "Karte des ganzen Gebiets", zoomIn: "Größer", zoomOut: "Kleiner",
    tapHint: "Tippen Sie im Bild auf einen Ort oder ein Gebäude, um es zu kommentieren. Oder nutzen Sie die Liste darunter.", sky: "Dort ist nur Himmel.",
    point: "Punkt", line: "Linie", area: "Fläche", drawing: "Ecken: {n}. Die nächste antippen.", done: "Fertig", again: "Neu beginnen",
    find: "Straße, Nummer oder bekannten Ort finden", search: "Suchen", nothingFound: "Nichts gefunden.", commentHere: "Hier kommentieren", wholeProject: "Zum ganzen Projekt kommentieren",
    about: "Zu: {place}", thisPlace: "diesem Ort", text: "Was möchten Sie sagen?", meant: "Was ist es?", idea: "Idee", worry: "Sorge", question: "Frage", like: "Gefällt mir",
    ageGroup: "Altersgruppe (freiwillig)", district: "Wo Sie wohnen (freiwillig)", notSaid: "keine Angabe",
    support: "Unterstützen", supported: "Unterstützt", flag: "Melden", flagged: "Der Moderation gemeldet.", supporters: "{n} unterstützen das", noComments: "Noch keine Kommentare.", more: "Mehr",
    answer: "Antwort", status_open: "nicht beantwortet", status_planned: "geplant", status_done: "erledigt", status_declined: "abgelehnt",
    state_held: "wartet auf die Moderation", state_accepted: "wird gezeigt", state_rejected: "wird nicht gezeigt", state_merged: "mit einem anderen vereint", reason: "Grund",
    nothingSent: "Sie haben noch nichts gesendet.", yourVotes: "Ihre Stimmen", yourComments: "Ihre Kommentare", helper: "Dieses Gerät hilft mehreren Personen nacheinander",
    helperHint: "Jede Person gibt den Code ihres Zettels an. Danach wird alles gelöscht.", next: "Nächste Person", cleared: "Gelöscht. Die nächste Person, bitte.",
    call: "Wir suchen Ideen", deadline: "bis {when}", sendIdea: "Idee senden", rate: "Bewerten", rateTitle: "Einen Ort bewerten", rating: "Ihre Bewertung", why: "Warum?", ended: "Die Versammlung ist beendet.", redacted: "von der Moderation gekürzt",
  },
  es: {
    name: "Español", skip: "Ir al contenido", language: "Idioma", rehearsal: "Ensayo: aquí nada cuenta.",
    offline: "Sin conexión. Probando otra vez…", joinTitle: "Participar", code: "Código en la pantalla", joinButton: "Entrar",
    notice: "No necesita nombre ni cuenta. Lo que escriba lo lee antes un moderador. Los votos y comentarios se guardan en este ordenador, separados y sin la dirección de su teléfono. Puede retirar lo que haya enviado.",
    now: "Ahora", places: "Lugares", comments: "Comentarios", mine: "Lo mío", write: "Su comentario", send: "Enviar", cancel: "Cancelar",
    wrongCode: "Ese no es el código de la pantalla.", tooOften: "Demasiadas veces. Espere un momento.", failed: "No funcionó: {why}",
    sent: "Enviado. Gracias.", sentHeld: "Enviado. Un moderador lo lee antes.", voted: "Su voto está guardado.", changed: "Su voto ha cambiado.",
    withdrawn: "Retirado.", vote: "Votar", changeVote: "Cambiar mi voto", withdraw: "Retirar", saveReceipt: "Guardar comprobante",
    ruleOpen: "Voto abierto: un voto por navegador. No impide que alguien vote dos veces.",
    ruleSlip: "Voto con papeleta: un voto por cada papeleta de la entrada.", slip: "Código de su papeleta", hidden: "El resultado se muestra al cerrar.",
    openPoll: "abierta", closedPoll: "cerrada", votes: "{n} votos", bySource: "sala {room}, en línea {online}, papel {paper}, manos {hands}, con ayuda {assisted}",
    slipsIssued: "{n} papeletas entregadas", head: "Suma de control del registro al cierre", most: "Elija como máximo {n}.", rank: "Dé un puesto a cada uno: 1 es el mejor.",
    place: "puesto {n}", noPlace: "sin puesto", mark: "nota {n} de {of}", noMark: "sin nota", choose: "Elija primero.", points: "puntos", mean: "media",
    lookAt: "Ver", slideView: "Lo que está en la pantalla", plan: "Mapa de toda la zona", zoomIn: "Acercar", zoomOut: "Alejar",
    tapHint: "Toque un lugar o un edificio en la imagen para comentarlo. O use la lista de abajo.", sky: "Ahí solo hay cielo.",
    point: "Punto", line: "Línea", area: "Área", drawing: "Esquinas: {n}. Toque la siguiente.", done: "Listo", again: "Empezar de nuevo",
    find: "Buscar una calle, un número, un lugar", search: "Buscar", nothingFound: "No se encontró nada.", commentHere: "Comentar aquí", wholeProject: "Comentar todo el proyecto",
    about: "Sobre: {place}", thisPlace: "este lugar", text: "¿Qué quiere decir?", meant: "¿Qué es?", idea: "Idea", worry: "Preocupación", question: "Pregunta", like: "Me gusta",
    ageGroup: "Grupo de edad (opcional)", district: "Dónde vive (opcional)", notSaid: "prefiero no decirlo",
    support: "Apoyar", supported: "Apoyado", flag: "Avisar", flagged: "Se avisó a los moderadores.", supporters: "{n} lo apoyan", noComments: "Aún no hay comentarios.", more: "Más",
    answer: "Respuesta", status_open: "sin respuesta", status_planned: "previsto", status_done: "hecho", status_declined: "rechazado",
    state_held: "espera a un moderador", state_accepted: "visible", state_rejected: "no visible", state_merged: "unido a otro", reason: "Motivo",
    nothingSent: "No ha enviado nada.", yourVotes: "Sus votos", yourComments: "Sus comentarios", helper: "Este aparato ayuda a varias personas por turno",
    helperHint: "Cada persona da el código de su papeleta. Después se borra todo.", next: "Siguiente persona", cleared: "Borrado. La siguiente persona, por favor.",
    call: "Pedimos ideas", deadline: "hasta {when}", sendIdea: "Enviar una idea", rate: "Valorar", rateTitle: "Valorar un lugar", rating: "Su valoración", why: "¿Por qué?", ended: "La reunión ha terminado.", redacted: "abreviado por un moderador",
  },
  fr: {
    name: "Français", skip: "Aller au contenu", language: "Langue", rehearsal: "Répétition : rien ne compte ici.",
    offline: "Pas de connexion. Nouvel essai…", joinTitle: "Participer", code: "Code à l’écran", joinButton: "Entrer",
    notice: "Ni nom ni compte. Ce que vous écrivez est d’abord lu par une modératrice ou un modérateur. Votes et commentaires restent sur cet ordinateur, séparés et sans l’adresse de votre téléphone. Vous pouvez retirer ce que vous avez envoyé.",
    now: "Maintenant", places: "Lieux", comments: "Commentaires", mine: "À moi", write: "Votre commentaire", send: "Envoyer", cancel: "Annuler",
    wrongCode: "Ce n’est pas le code à l’écran.", tooOften: "Trop souvent. Attendez un instant.", failed: "Échec : {why}",
    sent: "Envoyé. Merci.", sentHeld: "Envoyé. C’est lu avant d’être montré.", voted: "Votre vote est enregistré.", changed: "Votre vote est changé.",
    withdrawn: "Retiré.", vote: "Voter", changeVote: "Changer mon vote", withdraw: "Retirer", saveReceipt: "Garder le reçu",
    ruleOpen: "Vote ouvert : une voix par navigateur. Cela n’empêche pas de voter deux fois.",
    ruleSlip: "Vote par billet : une voix par billet remis à l’entrée.", slip: "Code de votre billet", hidden: "Le résultat est montré à la clôture.",
    openPoll: "ouvert", closedPoll: "clos", votes: "{n} voix", bySource: "salle {room}, en ligne {online}, papier {paper}, mains {hands}, avec aide {assisted}",
    slipsIssued: "{n} billets remis", head: "Somme de contrôle du registre à la clôture", most: "Choisissez-en {n} au plus.", rank: "Donnez un rang à chacun : 1 est le meilleur.",
    place: "rang {n}", noPlace: "sans rang", mark: "note {n} sur {of}", noMark: "sans note", choose: "Choisissez d’abord.", points: "points", mean: "moyenne",
    lookAt: "Voir", slideView: "Ce qui est à l’écran", plan: "Plan de toute la zone", zoomIn: "Agrandir", zoomOut: "Réduire",
    tapHint: "Touchez un lieu ou un bâtiment sur l’image pour le commenter. Ou utilisez la liste ci-dessous.", sky: "Il n’y a là que le ciel.",
    point: "Point", line: "Ligne", area: "Surface", drawing: "Coins : {n}. Touchez le suivant.", done: "Terminé", again: "Recommencer",
    find: "Trouver une rue, un numéro, un lieu connu", search: "Chercher", nothingFound: "Rien trouvé.", commentHere: "Commenter ici", wholeProject: "Commenter tout le projet",
    about: "À propos de : {place}", thisPlace: "ce lieu", text: "Que voulez-vous dire ?", meant: "De quoi s’agit-il ?", idea: "Idée", worry: "Inquiétude", question: "Question", like: "J’aime",
    ageGroup: "Tranche d’âge (facultatif)", district: "Où vous habitez (facultatif)", notSaid: "sans réponse",
    support: "Soutenir", supported: "Soutenu", flag: "Signaler", flagged: "Signalé à la modération.", supporters: "{n} soutiens", noComments: "Pas encore de commentaires.", more: "Plus",
    answer: "Réponse", status_open: "sans réponse", status_planned: "prévu", status_done: "fait", status_declined: "refusé",
    state_held: "attend la modération", state_accepted: "montré", state_rejected: "non montré", state_merged: "réuni avec un autre", reason: "Raison",
    nothingSent: "Vous n’avez rien envoyé.", yourVotes: "Vos votes", yourComments: "Vos commentaires", helper: "Cet appareil aide plusieurs personnes tour à tour",
    helperHint: "Chaque personne donne le code de son billet. Tout est effacé ensuite.", next: "Personne suivante", cleared: "Effacé. La personne suivante, s’il vous plaît.",
    call: "Nous cherchons des idées", deadline: "jusqu’au {when}", sendIdea: "Envoyer une idée", rate: "Noter", rateTitle: "Noter un lieu", rating: "Votre note", why: "Pourquoi ?", ended: "La réunion est terminée.", redacted: "abrégé par la modération",
  },
  zh: {
    name: "中文", skip: "跳到内容", language: "语言", rehearsal: "演练：这里的一切都不计入。",
    offline: "没有连接，正在重试……", joinTitle: "参与", code: "屏幕上的代码", joinButton: "加入",
    notice: "不需要姓名和账号。您写的内容先由主持人阅读，然后才显示给大家。投票和意见分开保存在这台电脑上，不保存您手机的地址。您可以撤回自己发送的内容。",
    now: "现在", places: "地点", comments: "意见", mine: "我的", write: "您的意见", send: "发送", cancel: "取消",
    wrongCode: "这不是屏幕上的代码。", tooOften: "太频繁了，请稍等。", failed: "没有成功：{why}",
    sent: "已发送，谢谢。", sentHeld: "已发送，主持人会先阅读。", voted: "您的投票已保存。", changed: "您的投票已更改。",
    withdrawn: "已撤回。", vote: "投票", changeVote: "更改我的投票", withdraw: "撤回", saveReceipt: "保存回执",
    ruleOpen: "公开投票：每个浏览器一票。这不能防止有人重复投票。",
    ruleSlip: "凭票投票：入口发放的每张票一票。", slip: "票上的代码", hidden: "结束后显示结果。",
    openPoll: "进行中", closedPoll: "已结束", votes: "{n} 票", bySource: "现场 {room}，在线 {online}，纸质 {paper}，举手 {hands}，协助 {assisted}",
    slipsIssued: "已发 {n} 张票", head: "结束时记录的校验值", most: "最多选 {n} 项。", rank: "请排名次：1 为最好。",
    place: "第 {n} 名", noPlace: "不排", mark: "{of} 分中的 {n} 分", noMark: "不评分", choose: "请先选择。", points: "分", mean: "平均",
    lookAt: "查看", slideView: "屏幕上的画面", plan: "整个区域的地图", zoomIn: "放大", zoomOut: "缩小",
    tapHint: "点按图中的地点或建筑即可发表意见，也可以使用下面的列表。", sky: "那里只有天空。",
    point: "点", line: "线", area: "面", drawing: "角点：{n}。请点下一个。", done: "完成", again: "重新开始",
    find: "查找街道、门牌号、地标", search: "查找", nothingFound: "没有找到。", commentHere: "在此发表意见", wholeProject: "对整个项目发表意见",
    about: "关于：{place}", thisPlace: "这个地点", text: "您想说什么？", meant: "这是什么？", idea: "建议", worry: "担忧", question: "问题", like: "喜欢",
    ageGroup: "年龄组（可选）", district: "居住地区（可选）", notSaid: "不回答",
    support: "支持", supported: "已支持", flag: "举报", flagged: "已告知主持人。", supporters: "{n} 人支持", noComments: "还没有意见。", more: "更多",
    answer: "答复", status_open: "未答复", status_planned: "已计划", status_done: "已完成", status_declined: "未采纳",
    state_held: "等待主持人", state_accepted: "已显示", state_rejected: "未显示", state_merged: "与另一条合并", reason: "理由",
    nothingSent: "您还没有发送任何内容。", yourVotes: "您的投票", yourComments: "您的意见", helper: "本设备轮流帮助多人",
    helperHint: "每个人输入自己票上的代码，之后全部清除。", next: "下一位", cleared: "已清除。请下一位。",
    call: "征集建议", deadline: "截止 {when}", sendIdea: "发送建议", rate: "评分", rateTitle: "为地点评分", rating: "您的评分", why: "为什么？", ended: "会议已结束。", redacted: "主持人已删节",
  },
};
var LANGUAGES = ["en", "zh", "de", "es", "fr"];
var language = "en";

/* Return a text in the chosen language, with {places} filled in. */
function say(word, values) {
  var text = (WORDS[language] && WORDS[language][word]) || WORDS.en[word] || word;
  return text.replace(/\{(\w+)\}/g, function (_, name) {
    return values && values[name] !== undefined ? String(values[name]) : "";
  });
}

/* Return a text that the meeting gave in several languages, in the one that suits best. */
function chosen(texts) {
  if (!texts) return "";
  return texts[language] || texts.en || texts[Object.keys(texts)[0]] || "";
}

/* Take the language that was chosen before, or the phone's own. */
function settleLanguage() {
  var asked = [remembered("language")].concat(navigator.languages || [navigator.language || "en"]);
  for (var i = 0; i < asked.length; i++) {
    var short = (asked[i] || "").slice(0, 2).toLowerCase();
    if (LANGUAGES.indexOf(short) >= 0) { language = short; break; }
  }
  document.documentElement.lang = language;
}

/* Write the fixed texts of the page. */
function writeWords(root) {
  (root || document).querySelectorAll("[data-word]").forEach(function (element) {
    element.textContent = say(element.getAttribute("data-word"));
  });
}
