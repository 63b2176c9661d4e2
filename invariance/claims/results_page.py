"""The README's tables, written from exported/*.json and the claims by `make results`."""

from typing import Any

from invariance import UserError
from invariance.claims import CLAIMS, Claim
from invariance.evaluation import records
from invariance.measures import Share
from invariance.model import Model

BEGIN, END = "<!-- results: written by make results -->", "<!-- end of results -->"


def percent(value: Share | dict[str, Any]) -> str:
    """A share with its interval: "99.38 % (99.21 to 99.52)"."""
    value, low, high = value[:3] if isinstance(value, Share) else (value["value"], value["low"], value["high"])
    return f"{100 * value:.2f} % ({100 * low:.2f} to {100 * high:.2f})"


def figure(claim: Claim, value: Share | float | None) -> str:
    """A value in the claim's unit, with its interval if it has one; "not measured" for None."""
    if value is None:
        return "not measured"
    if isinstance(value, Share):
        return percent(value)
    if claim.unit == "%":
        return f"{100 * value:g} %"
    if not claim.unit:
        return "yes" if value else "no"
    return f"{value:,.0f} {claim.unit}" if claim.unit == "parameters" else f"{value:.4f} {claim.unit}"


def networks() -> str:
    """Every measured network in a row of a Markdown table: upright, turned by 90°, over all angles, and shifted."""
    lines = [
        "| network | parameters | test images | as they are | turned by 90° | mean over all angles "
        "| same answer to two circular shifts |",
        "|---|---|---|---|---|---|---|",
    ]
    opened = sorted((Model(path) for path in records.models()), key=lambda model: model.card.order)
    for card in (model.card for model in opened):
        found = records.read(records.EXPORTED / f"{card.name}.onnx").get("evaluation", {}).get(card.dataset)
        if found is None:
            continue
        turned = found.get("transforms", {}).get("rotation")
        cells = ["not measured"] * 2
        if turned:
            at = turned["amounts"].index(90)
            quarter = {key: turned[name][at] for key, name in (("value", "accuracy"), ("low", "low"), ("high", "high"))}
            cells = [percent(quarter), percent(turned["mean"])]
        shifted = found.get("consistency", {}).get("circular")
        cells.append(percent(shifted["consistency"]) if shifted else "not measured")
        lines.append(
            f"| {card.title} | {card.parameters:,} | {found['dataset_title']} | {percent(found['accuracy'])} "
            f"| {' | '.join(cells)} |"
        )
    return "\n".join(lines)


def claims() -> str:
    """Every claim of a source, theirs beside ours, as a Markdown table."""
    lines = ["| source | it says | theirs | ours | measured on | verdict |", "|---|---|---|---|---|---|"]
    for claim in CLAIMS.values():
        author = claim.source.split(",")[0].split(". ")[-1]
        lines.append(
            f"| {author}, {claim.where} | {claim.says} | {figure(claim, claim.theirs)} "
            f"| {figure(claim, claim.ours())} | {claim.data()} | {claim.verdict()} |"
        )
    return "\n".join(lines)


def with_tables(readme: str) -> str:
    """The README's text with the tables between its two marks.

    Raises:
        UserError: the marks are not there.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise UserError(f"README.md has lost its marks {BEGIN} and {END}; put them back.")
    return f"{before}{begin}\n{networks()}\n\nThe sources' figures beside ours:\n\n{claims()}\n{end}{after}"
