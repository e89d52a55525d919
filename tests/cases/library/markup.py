"""Markup."""


def html():
    import html

    return html.escape('<a href="x">') + html.unescape("&eacute;&#x41;&lt;")


def html__parser():
    import html.parser

    class Parser(html.parser.HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append((tag, attrs))

        def handle_data(self, data):
            seen.append(data)

    seen = []
    Parser().feed("<p class=a>x &amp; y<br/></p>")
    return repr(seen)


def html__entities():
    import html.entities

    return f"{html.entities.name2codepoint['eacute']} {html.entities.html5['lt;']}"


def xml__etree__ElementTree():
    import xml.etree.ElementTree as Tree

    root = Tree.fromstring("<a x='1'><b>t</b><b/>é</a>")
    Tree.SubElement(root, "c").text = "<&>"
    try:
        Tree.fromstring("<a>")
    except Tree.ParseError as error:
        return repr(
            [
                Tree.tostring(root),
                [item.text for item in root.iter("b")],
                root.find("b[1]").text,
                error,
            ]
        )


def xml__dom():
    import xml.dom

    return f"{xml.dom.XML_NAMESPACE} {xml.dom.Node.ELEMENT_NODE} {xml.dom.NotFoundErr.code}"


def xml__dom__minidom():
    import xml.dom.minidom

    document = xml.dom.minidom.parseString("<a><b k='v'>t</b></a>")
    return repr(
        [document.getElementsByTagName("b")[0].getAttribute("k"), document.toprettyxml(indent=" ")]
    )


def xml__dom__pulldom():
    import xml.dom.pulldom

    events = xml.dom.pulldom.parseString("<a><b/></a>")
    return repr([(event, node.nodeName) for event, node in events])


def xml__sax():
    import xml.sax

    class Handler(xml.sax.ContentHandler):
        def startElement(self, name, attrs):
            seen.append((name, dict(attrs)))

        def characters(self, content):
            seen.append(content)

    seen = []
    xml.sax.parseString(b"<a k='v'>x<b/></a>", Handler())
    return repr(seen)


def xml__sax__handler():
    import xml.sax.handler

    return f"{xml.sax.handler.feature_namespaces} {len(xml.sax.handler.all_features)}"


def xml__sax__saxutils():
    import io
    import xml.sax.saxutils

    target = io.StringIO()
    writer = xml.sax.saxutils.XMLGenerator(target)
    writer.startElement("a", {"k": "<"})
    writer.endElement("a")
    return xml.sax.saxutils.escape("<&") + xml.sax.saxutils.quoteattr('"') + target.getvalue()


def xml__sax__xmlreader():
    import io
    import xml.sax.xmlreader

    source = xml.sax.xmlreader.InputSource("id")
    source.setByteStream(io.BytesIO(b"x"))
    return f"{source.getSystemId()} {source.getByteStream().read()}"


def xml__sax__expatreader():
    import io
    import xml.sax.expatreader
    import xml.sax.handler

    reader = xml.sax.expatreader.create_parser()
    handler = xml.sax.handler.ContentHandler()
    seen = []
    handler.endElement = seen.append
    reader.setContentHandler(handler)
    reader.parse(io.BytesIO(b"<a><b/></a>"))
    return repr(seen)


def xml__parsers__expat():
    import xml.parsers.expat

    parser = xml.parsers.expat.ParserCreate()
    seen = []
    parser.StartElementHandler = lambda name, attributes: seen.append((name, attributes))
    parser.Parse("<a k='v'><b/></a>", True)
    try:
        xml.parsers.expat.ParserCreate().Parse("<a></b>", True)
    except xml.parsers.expat.ExpatError as error:
        return f"{seen} {error}"


def pyexpat():
    """as `xml.parsers.expat`"""
    import pyexpat

    return f"{pyexpat.ErrorString(3)} {pyexpat.native_encoding}"
