"""The meeting's local web server and the page that phones see."""
