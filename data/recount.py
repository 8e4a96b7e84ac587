"""Recounts every poll of a hearing from its ledger, with Python's standard library alone: python3 recount.py LEDGER."""

import hashlib
import json
import sqlite3
import sys


def main(path: str) -> None:
    """Check the chain of the ledger, then count each ballot's last vote, and each hand count's last state."""
    polls, votes, hands, slips, head = {}, {}, {}, set(), "0" * 64
    rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True).execute("SELECT line, head FROM entries ORDER BY number")
    for number, (line, noted) in enumerate(rows, 1):
        head = hashlib.sha256(f"{head}\n{line}".encode()).hexdigest()
        if head != noted:
            sys.exit(f"entry {number}: the chain is broken here")
        kind, body = (json.loads(line)[name] for name in ("kind", "body"))
        if kind == "poll_opened":
            polls[body["poll"]["id"]] = body["poll"]
        elif kind == "slips_issued":
            slips.update((body["poll"], ballot) for ballot in body["ballots"])
        elif kind == "slips_voided":
            slips.difference_update((body["poll"], ballot) for ballot in body["ballots"])
        elif kind == "voted":
            votes[body["poll"], body["ballot"]] = body
        elif kind == "vote_withdrawn":
            votes.pop((body["poll"], body["ballot"]), None)
        elif kind == "hands_counted":
            hands[body["poll"], body["source"], body.get("label", "")] = body
    counted = {key: vote for key, vote in votes.items() if polls[key[0]]["rule"] == "open" or key in slips}
    print(json.dumps({"head": head, "polls": [count(poll, counted, hands) for poll in polls.values()]}))  # noqa: T201


def count(poll: dict, votes: dict, hands: dict) -> dict:  # type: ignore[type-arg]
    """Count one poll: an option's votes; in a rating the sum of its marks; in a ranking of n options n - 1, n - 2..."""
    counts = {o["id"]: 0 for o in poll["options"]}
    sources: dict[str, int] = {}
    for body in (v for (poll_id, _), v in votes.items() if poll_id == poll["id"]):
        sources[body["source"]] = sources.get(body["source"], 0) + 1
        for place, option in enumerate(body["choice"]):
            ranked = len(counts) - 1 - place if poll["kind"] == "ranking" else 1
            counts[option] += body["choice"][option] if poll["kind"] == "rating" else ranked
    for (_, source, _), body in (item for item in hands.items() if item[0][0] == poll["id"]):
        sources[source] = sources.get(source, 0) + sum(body["counts"].values())
        counts = {option: number + body["counts"].get(option, 0) for option, number in counts.items()}
    return {"id": poll["id"], "votes": sum(sources.values()), "by_source": sources, "counts": counts}


if __name__ == "__main__":
    main(sys.argv[1])
