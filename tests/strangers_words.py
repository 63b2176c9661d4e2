"""Words that strangers may choose so that a browser does more than show them, and a network that bears them."""

import onnx

from invariance.files import ROOT

EXPORTED = ROOT / "exported"
MARK = "evil"  # is in each of a stranger's words
TITLE = "evil ![x](x) $x^2$ :red[x] <img src=x> `x` *x* _x_ | x www.evil.example a@evil.example"  # names a file too
CLASS = "# evil![{0}](http://evil.example/{0}) :material/warning: :smile: </div>\n\n<img src=x> \u202e{0} ~x~ \ud800"
CLASSES = [CLASS.format(number) for number in range(10)]
LAYER = "- evil ![x](http://evil.example/l) $x$ :streamlit: {0}"
CARD = "> evil [card](http://evil.example/s) $s$"
PHOTO = "evil ![x](x) $p$ :red[p] <img src=x>.png"


def renamed(network="lenet5", layers=False, **metadata):
    """An exported network with other metadata and, if so, other names for what its layers give."""
    proto = onnx.load(EXPORTED / f"{network}.onnx")
    metadata = {each.key: each.value for each in proto.metadata_props} | metadata
    del proto.metadata_props[:], proto.graph.value_info[:]
    onnx.helper.set_model_props(proto, metadata)
    last = {each.name for each in proto.graph.output}
    names = {name: LAYER.format(name) for node in proto.graph.node for name in node.output if name not in last}
    for node in proto.graph.node if layers else ():
        for side in (node.input, node.output):
            side[:] = [names.get(name, name) for name in side]
    return proto.SerializeToString()
