"""A file that was read -> its graph from images to logits, with what was learned of it and from where."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import onnx
import onnxruntime as ort

from invariance.model import hints as hinted
from invariance.model.batch import freed
from invariance.model.card import Card, ModelError
from invariance.model.gate import gated
from invariance.model.preparation import CHANNELS, WHOLE, Preparation, checked
from invariance.model.providers import ORT_ERRORS, open_session, said
from invariance.model.reading import ModelFile
from invariance.model.sessions import session_of
from invariance.model.signature import ASSUMED, Signature, Told, told
from invariance.model.versions import OLDEST, newest_opset

YOU, TYPE, TRIED = "you", "its input's type", "tried on labelled images"
OF_THE_FILE = ("layout", "size", "channels", "output", "gives")  # choices by which a graph is read
PARTS = ("size", "fit", "invert", "channels", "range", "mean", "std", "transpose", "layout")  # of a preparation
OWN_DOMAINS = ("", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "com.microsoft", "com.ms.internal.nhwc")
CONVERTED = {  # what is said where a file takes other channels than the images have, by its own
    1: "It takes grey images: photos in colour are made grey for it.",
    3: "It takes images in colour: of grey ones it gets the same three times, as red, green and blue.",
}
PHOTO_SIDE = 64  # images smaller than this are shown whole to those who look at them: nothing is cropped
LONGEST_NAME = 100  # letters of an operator that nobody knows


class Kind(NamedTuple):
    """What a network recognises: images of one shape, and classes by name."""

    name: str
    shape: tuple[int, int, int]  # (C, H, W)
    labels: tuple[str, ...]


class Opened(NamedTuple):
    """What a file is, and the graph that is run; see Model."""

    card: Card
    signature: Signature
    preparation: Preparation
    origins: dict[str, str]
    notes: tuple[str, ...]
    sha256: str
    data: bytes


def opened(file: ModelFile, choices: Mapping[str, Any], kind: Kind | None, tried: Mapping[str, Any]) -> Opened:
    """Work out what a file takes and gives, and put it between what prepares images and reads its answer.

    Args:
        file: that was read.
        choices: what a person says: parts of a Preparation by name, and "output", "gives" and "labels".
        kind: see Model.
        tried: parts of a Preparation that were found out by trying, for what nobody says.

    Raises:
        ModelError: it is no classifier of images that onnxruntime can run, or a choice makes no sense.
    """
    name = file.path.name
    as_it_is = file.proto.SerializeToString() == file.data
    session = _session(file.proto, name, file if as_it_is else None)
    given, notes = _hints(file, choices, tried, session)
    result = _told(file, session, given)
    signature = result.signature
    said_so = {part: given[part][1] for part in OF_THE_FILE if part in given and part != "channels"}
    origins = {**result.origins, **said_so}
    try:
        proto, batch, mixes = freed(file.proto, signature, session, lambda graph: _session(graph, name))
    except (*ORT_ERRORS, ValueError) as error:
        raise ModelError(f"{name} can't be run on one image: {said(error)}") from error
    del session
    notes += [*file.notes, *_batch_notes(file.proto, batch, mixes)]
    if signature.gives == "logit" and origins["gives"] == ASSUMED:
        notes.append(
            "It gives one number, taken for the logit of the second of two classes. If it is something else, an age or "
            "a price, what is shown here makes no sense."
        )
    preparation = _preparation(result, given, origins, batch)
    labels, told_by = _labels(file, given, signature.classes, kind, notes)
    origins["labels"] = told_by
    shape, order = preparation.shape, None
    if kind is not None:
        shape, order = kind.shape, _order(labels, kind.labels, name)
        labels = kind.labels
        if shape[0] != preparation.shape[0]:
            notes.append(CONVERTED[preparation.shape[0]])
    card, left_out = Card.from_metadata(_metadata(file.proto), file.path.stem, shape, labels)
    if kind is not None:
        card = replace(card, dataset=kind.name)
    elif "dataset" in given:
        card = replace(card, dataset=given["dataset"][0])
        origins["dataset"] = given["dataset"][1]
    try:
        graph = gated(proto, signature, preparation, shape, order)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from error
    data = file.data if as_it_is and graph is file.proto else graph.SerializeToString()
    return Opened(card, signature, preparation, origins, tuple(dict.fromkeys([*notes, *left_out])), file.sha256, data)


Given = dict[str, tuple[Any, str]]  # by part: its value and where it is from


def _hints(
    file: ModelFile, choices: Mapping[str, Any], tried: Mapping[str, Any], session: ort.InferenceSession
) -> tuple[Given, list[str]]:
    """All that is said of a file, the surest of each part."""
    others = {key: choices[key] for key in ("output", "gives", "labels", "dataset") if key in choices}
    chosen = checked({key: value for key, value in choices.items() if key not in others}) | others
    inputs = session.get_inputs()
    found, notes = hinted.hints(file.path, file.proto, inputs[0].name if inputs else "")
    given: Given = {}
    for parts, origin in [(chosen, YOU), *found, (checked(dict(tried)), TRIED)]:
        for key, value in parts.items():
            given.setdefault(key, (value, origin))
    return given, notes


def _told(file: ModelFile, session: ort.InferenceSession, given: Given) -> Told:
    """What the graph takes and gives; a size that the file's metadata name is left out if it doesn't fit the graph."""
    name = file.path.name
    wanted = {part: given[part][0] for part in OF_THE_FILE if part in given}
    try:
        result = told(file.proto, name, session, wanted)
    except ModelError:
        sure = {part: value for part, value in wanted.items() if _by_a_person(given[part][1])}
        if sure == wanted:
            raise
        for part in wanted.keys() - sure.keys():
            del given[part]
        result = told(file.proto, name, session, sure)
    if "size" in given and given["size"][0] != result.shape[1:]:
        if _by_a_person(given["size"][1]):
            wrong, right = (" × ".join(map(str, size)) for size in (given["size"][0], result.shape[1:]))
            raise ModelError(f"{name} takes images of {right} pixels and no others, not of {wrong}.")
        del given["size"]
    return result


def _by_a_person(origin: str) -> bool:
    """Whether something was said now, or before and kept beside the file."""
    return origin == YOU or origin.endswith(hinted.SIDECAR)


def _preparation(result: Told, given: Given, origins: dict[str, str], batch: int | None) -> Preparation:
    """The parts that are given, and what is usual for the others; origins is added to."""
    channels, *size = result.shape
    whole = WHOLE.get(result.signature.dtype)
    usual: dict[str, tuple[Any, str]] = {
        "size": (tuple(size), origins["size"]),
        "layout": (result.layout, origins["layout"]),
        "fit": ("crop" if channels == 3 or max(size) >= PHOTO_SIDE else "margin", ASSUMED),
        "invert": (False, ASSUMED),
        "transpose": (False, ASSUMED),
        "channels": ("grey", origins["size"]) if channels == 1 else ("rgb", ASSUMED),
        "range": (whole, TYPE) if whole else ((0.0, 1.0), ASSUMED),
        "mean": ((0.0,), TYPE if whole else ASSUMED),
        "std": ((1.0,), TYPE if whole else ASSUMED),
    }
    values = {}
    for part in PARTS:
        value, origin = given.get(part, usual[part])
        if part in ("size", "layout"):
            value, origin = usual[part][0], origins[part]
        if part in ("mean", "std") and len(value) not in (1, channels):
            if _by_a_person(origin):
                raise ModelError(
                    f"The {part} has {len(value)} numbers; expected one, since the file takes one channel."
                )
            value, origin = usual[part]
        if part == "channels" and CHANNELS[value] != channels:
            value, origin = usual[part]
        values[part], origins[part] = value, origin
    if "range" in given and "mean" not in given:  # who says what black and white are says that nothing is subtracted
        origins["mean"] = origins["std"] = origins["range"]
    origins["dtype"] = "the file's input"
    origins["batch"] = "tried with noise"
    return Preparation(**values, dtype=result.signature.dtype, batch=batch)


def _labels(
    file: ModelFile, given: Given, classes: int, kind: Kind | None, notes: list[str]
) -> tuple[tuple[str, ...], str]:
    """The names of the classes in the file's order, and where they are from; notes is added to."""
    name = file.path.name
    if "labels" in given:
        labels, origin = given["labels"]
        if len(labels) != classes:
            raise ModelError(f"{name} answers with {classes} numbers, but {len(labels)} labels were given ({origin}).")
        return tuple(map(str, labels)), origin
    labels, origin, left_out = hinted.labels(file.path, _metadata(file.proto), file.classes, classes)
    notes += left_out
    if labels is not None:
        return labels, origin
    if kind is not None:
        if len(kind.labels) != classes:
            raise ModelError(f"{name} knows {classes} classes; expected {len(kind.labels)}: {', '.join(kind.labels)}.")
        return kind.labels, ASSUMED
    return tuple(map(str, range(classes))), ASSUMED


def same_labels(labels: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two lists name the same classes, in whatever order and however they are written."""
    return sorted(_plain(labels)) == sorted(_plain(others))


def _plain(labels: Sequence[str]) -> list[str]:
    """Names of classes to compare them by: their first words in small letters ("0 - zero"), or more where these don't
    tell them apart."""
    whole = [" ".join(label.lower().split()) for label in labels]
    first = [label.partition(" ")[0].rstrip(":-") for label in whole]
    plain = [OTHER_NAMES.get(word, word) for word in first]
    return next((names for names in (plain, whole) if len(set(names)) == len(names)), list(labels))


def places(labels: Sequence[str], among: Sequence[str]) -> list[int | None]:
    """For each class the place of the same one among others, however they are written; None where there is none.

    Besides what same_labels() takes for the same, "great_white_shark" is "great white shark, white shark", and
    "n01440764" is "n01440764 tench".
    """
    if same_labels(labels, among):
        plain = _plain(among)
        return [plain.index(label) for label in _plain(labels)]
    known: list[dict[str, list[int]]] = [defaultdict(list) for _ in range(4)]  # a way of writing -> name -> its places
    for place, label in enumerate(among):
        for names, name in zip(known, _spellings(label), strict=True):
            names[name].append(place)
    return [
        next((names[name][0] for name in _spellings(label) for names in known if len(names.get(name, ())) == 1), None)
        for label in labels
    ]


def _spellings(label: str) -> tuple[str, str, str, str]:
    """Names to find a class by, the surest first: as it is, in small letters, without synonyms, its number."""
    whole = " ".join(label.lower().replace("_", " ").split())
    first = whole.partition(" ")[0].rstrip(":-,")
    number = first if re.fullmatch(r"n?\d+", first) else whole
    return label, OTHER_NAMES.get(whole, whole), whole.partition(",")[0], number


NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
OTHER_NAMES = dict(zip(NUMBERS, "0123456789", strict=True))
OTHER_NAMES |= {"plane": "airplane", "aeroplane": "airplane", "car": "automobile"}


def _order(labels: Sequence[str], wanted: Sequence[str], name: str) -> list[int]:
    """For each wanted label, the place that it has in a file's."""
    if tuple(labels) == tuple(wanted):
        return list(range(len(wanted)))
    if same_labels(labels, wanted):
        places = _plain(labels)
        return [places.index(label) for label in _plain(wanted)]
    if list(labels) == [str(i) for i in range(len(wanted))]:
        return list(range(len(wanted)))  # classes without names are in the usual order
    raise ModelError(f"{name} names other classes ({', '.join(labels[:5])} …) than {', '.join(wanted)}.")


def _metadata(proto: onnx.ModelProto) -> dict[str, str]:
    return {each.key: each.value for each in proto.metadata_props}


def _batch_notes(proto: onnx.ModelProto, batch: int | None, mixes: bool) -> list[str]:
    notes = []
    scaled = any(node.op_type == "DynamicQuantizeLinear" for node in proto.graph.node)
    why = "its scales are worked out from all images of a run" if scaled else "beside others they get other answers"
    if mixes and batch == 1:
        notes.append(f"Images are run one by one: {why}.")
    elif batch is not None:
        notes.append(f"It takes {'one image' if batch == 1 else f'{batch} images'} at a time, no more and no fewer.")
        if mixes:
            notes.append(f"An answer depends on the other images of its run: {why}.")
    return notes


def _session(proto: onnx.ModelProto, name: str, file: ModelFile | None = None) -> ort.InferenceSession:
    """Open a graph; file: the file that holds just it, so that its session is kept.

    Raises:
        ModelError: onnxruntime can't; says why.
    """
    try:
        return session_of(file.data, file.sha256).session if file else open_session(proto.SerializeToString())[0]
    except ORT_ERRORS as error:
        raise ModelError(_why_not(proto, name, error)) from error


def _why_not(proto: onnx.ModelProto, name: str, error: Exception) -> str:
    """Why onnxruntime can't open a graph, and what to do."""
    newest = newest_opset()
    for each in proto.opset_import:
        if each.domain in ("", "ai.onnx") and each.version > newest:
            return (
                f"{name} is written for version {each.version} of ONNX's operators; this onnxruntime knows up to "
                f"{newest}. Export it with opset_version={newest}, or update onnxruntime."
            )
        if each.domain in ("", "ai.onnx") and each.version < OLDEST:
            return (
                f"{name} is written for version {each.version} of ONNX's operators, too old to run; expected {OLDEST} "
                f"to {newest}. Convert it with onnx.version_converter, or export it anew."
            )
    own = {(function.domain, function.name) for function in proto.functions}
    unknown = set()
    for nodes, imports in [(each.node, each.opset_import) for each in proto.functions] + [
        (proto.graph.node, proto.opset_import)
    ]:
        versions = {"" if each.domain == "ai.onnx" else each.domain: each.version for each in imports}
        unknown |= {
            _operator(node) for node in nodes if (node.domain, node.op_type) not in own and not _known(node, versions)
        }
    if unknown:
        some = ", ".join(sorted(unknown)[:5])
        return (
            f"{name} uses operators that are not ONNX's: {some}. Export it without custom operators; nothing is loaded "
            "here that would run them."
        )
    return f"{name} is not an ONNX model that onnxruntime can open: {said(error)}."


def _operator(node: onnx.NodeProto) -> str:
    name = f"{node.op_type} ({node.domain})" if node.domain else node.op_type
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]} …"


def _known(node: onnx.NodeProto, versions: dict[str, int]) -> bool:
    """Whether a node's operator is ONNX's in that version, or may be onnxruntime's own."""
    domain = "" if node.domain == "ai.onnx" else node.domain
    if domain not in ("", "ai.onnx.ml"):
        return domain in OWN_DOMAINS
    try:
        onnx.defs.get_schema(node.op_type, versions.get(domain, 1), domain)
    except onnx.defs.SchemaError:
        return False
    return True
