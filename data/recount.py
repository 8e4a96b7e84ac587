"""Recounts every poll with Python's standard library alone: python3 recount.py ballots.json, or a ledger.sqlite."""

import hashlib
import json
import sqlite3
import sys


def of_ledger(path: str) -> dict:  # type: ignore[type-arg]
    """Check a ledger's chain; return its polls, each ballot's last vote, and each hand count's last state."""
    polls, votes, hands, head, slips = {}, {}, {}, "0" * 64, {("", "")}
    rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("SELECT line, head FROM entries ORDER BY number")
    for number, (line, noted) in enumerate(rows, 1):
        head = hashlib.sha256(f"{head}\n{line}".encode()).hexdigest()
        if head != noted:
            sys.exit(f"entry {number}: the chain is broken here")
        kind, body = (json.loads(line)[name] for name in ("kind", "body"))
        poll = body.get("poll")
        if kind == "poll_opened":
            polls[poll["id"]] = poll
        elif kind in ("slips_issued", "slips_voided"):
            change = {(poll, ballot) for ballot in body["ballots"]}
            slips = slips | change if kind == "slips_issued" else slips - change
        elif kind in ("voted", "vote_withdrawn"):
            votes[poll, body["ballot"]] = [poll, body["source"], body["choice"]] if kind == "voted" else None
        elif kind == "hands_counted":
            hands[poll, body["source"], body.get("label", "")] = [poll, body["source"], body["counts"]]
    counted = [vote for key, vote in votes.items() if vote and (polls[key[0]]["rule"] == "open" or key in slips)]
    return {"polls": list(polls.values()), "ballots": counted, "hands": list(hands.values()), "heads": [head]}


def count(poll: dict, told: dict) -> dict:  # type: ignore[type-arg]
    """Count one poll: an option's votes; in a rating the sum of its marks; in a ranking of n options n - 1, n - 2..."""
    sources, counts = [], {o["id"]: 0 for o in poll["options"]}
    for _, source, choice in (b for b in told["ballots"] if b[0] == poll["id"]):
        sources.append(source)
        for place, option in enumerate(choice):
            ranked = len(counts) - 1 - place if poll["kind"] == "ranking" else 1
            counts[option] += choice[option] if poll["kind"] == "rating" else ranked
    for _, source, shown in (h for h in told["hands"] if h[0] == poll["id"]):
        sources += [source] * sum(shown.values())
        counts = {option: number + shown.get(option, 0) for option, number in counts.items()}
    by_source = {source: sources.count(source) for source in set(sources)}
    return {"id": poll["id"], "votes": len(sources), "by_source": by_source, "counts": counts}


if __name__ == "__main__":
    told = of_ledger(sys.argv[1]) if sys.argv[1].endswith("sqlite") else json.load(open(sys.argv[1], "rb"))  # noqa: PTH123, SIM115
    print(json.dumps({"heads": told["heads"], "polls": [count(p, told) for p in told["polls"]]}))  # noqa: T201
