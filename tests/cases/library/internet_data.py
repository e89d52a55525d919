"""Internet data."""


def email():
    import email

    message = email.message_from_string("Subject: =?utf-8?q?=C3=A9?=\nTo: a@b.c\n\nbody\n")
    return f"{message['To']} {message['Subject']} {message.get_payload()!r}"


def email__message():
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"] = "Grüße"
    message["To"] = "Ann <ann@example.org>"
    message.set_content("Hallo\n")
    message.add_alternative("<p>Hallo</p>", subtype="html")
    message.set_boundary("xx")
    return message.as_string()


def email__parser():
    import email.parser
    import email.policy

    message = email.parser.BytesParser(policy=email.policy.default).parsebytes(b"From: x@y.z\n\nhi")
    return f"{message['From'].addresses[0].domain} {message.get_content()}"


def email__policy():
    import email.policy

    return repr(
        [email.policy.SMTP.linesep, email.policy.default.clone(max_line_length=40).max_line_length]
    )


def email__header():
    from email.header import Header, decode_header

    return f"{Header('é', 'utf-8').encode()} {decode_header('=?iso-8859-1?q?=E9?=')}"


def email__headerregistry():
    from email.headerregistry import Address

    return f"{Address('Ann B', 'ann', 'example.org')} {Address(addr_spec='a@b.c').username}"


def email__utils():
    """`make_msgid` needs sockets; `formatdate` gives the time of the message"""
    import email.utils

    return repr(
        [
            email.utils.parseaddr("Ann <a@b.c>"),
            email.utils.formatdate(0),
            email.utils.parsedate_to_datetime("Mon, 20 Nov 1995 19:12:08 -0500"),
        ]
    )


def email__mime():
    from email.mime.application import MIMEApplication
    from email.mime.multipart import MIMEMultipart
    from email.mime.text import MIMEText

    whole = MIMEMultipart(boundary="xx")
    whole.attach(MIMEText("hi", "plain", "utf-8"))
    whole.attach(MIMEApplication(b"\0\1"))
    return whole.as_string()


def email__charset():
    import email.charset

    return repr([email.charset.Charset("utf-8").body_encode("é"), email.charset.Charset("latin-1")])


def email__encoders():
    import email.encoders
    from email.message import Message

    message = Message()
    message.set_payload(b"abc")
    email.encoders.encode_base64(message)
    return message.as_string()


def email__errors():
    import email
    import email.errors
    import email.policy

    try:
        email.message_from_string("a", policy=email.policy.strict)
    except email.errors.MessageDefect as error:
        return type(error).__name__


def email__generator():
    import email
    import email.generator
    import io

    target = io.BytesIO()
    email.generator.BytesGenerator(target).flatten(email.message_from_string("A: b\n\nfrom\n"))
    return repr(target.getvalue())


def email__iterators():
    import email
    import email.iterators

    return repr(
        list(email.iterators.body_line_iterator(email.message_from_string("A: b\n\nx\ny\n")))
    )


def email__contentmanager():
    from email.contentmanager import raw_data_manager
    from email.message import EmailMessage

    message = EmailMessage()
    raw_data_manager.set_content(message, b"abc", "application", "octet-stream")
    return f"{message.get_content()} {message['Content-Type']}"


def json():
    import json

    text = json.dumps({"b": [1, 2.5, None], "a": "é"}, sort_keys=True, indent=1)
    try:
        json.loads("{")
    except json.JSONDecodeError as error:
        return f"{text} {json.loads(text)} {error}"


def json__decoder():
    import json.decoder

    return repr(json.decoder.JSONDecoder(parse_float=str).raw_decode("[1.50] rest"))


def json__encoder():
    import json.encoder

    return repr(
        [
            json.encoder.encode_basestring_ascii("é"),
            list(json.encoder.JSONEncoder().iterencode([1])),
        ]
    )


def mailbox():
    """messages; a mailbox is a file"""
    import mailbox

    message = mailbox.mboxMessage("Subject: x\n\nbody")
    message.set_flags("RF")
    return f"{message.get_flags()} {mailbox.MaildirMessage(message).get_flags()}"


def mailcap():
    """of what is given as a dict"""
    import mailcap

    found = mailcap.findmatch(
        {"text/plain": [{"view": "show %s", "lineno": 1}]}, "text/plain", filename="x"
    )
    return repr(found[0])


def mimetypes():
    import mimetypes

    types = mimetypes.MimeTypes()
    return f"{types.guess_type('a.tar.gz')} {types.guess_extension('image/png')}"


def base64():
    import base64

    data = b"\xff\x00abc"
    texts = [
        base64.b64encode(data),
        base64.b32encode(data),
        base64.a85encode(data),
        base64.b85encode(data),
    ]
    return f"{texts} {base64.urlsafe_b64decode('_wBhYmM=')}"


def binascii():
    import binascii

    return repr(
        [
            binascii.hexlify(b"ab", "-"),
            binascii.crc32(b"abc"),
            binascii.a2b_base64("YQ=="),
            binascii.crc_hqx(b"a", 0),
        ]
    )


def quopri():
    import quopri

    return repr([quopri.encodestring("é=\n".encode()), quopri.decodestring(b"=C3=A9")])


def uu():
    import io
    import uu

    coded, plain = io.BytesIO(), io.BytesIO()
    uu.encode(io.BytesIO(b"hello"), coded, "a.txt", 0o644)
    uu.decode(io.BytesIO(coded.getvalue()), plain)
    return f"{coded.getvalue()} {plain.getvalue()}"
