"""Protocols of the internet, as far as they are texts."""


def urllib__parse():
    import urllib.parse

    parts = urllib.parse.urlsplit("https://user@host:8080/a%20b?x=1&x=2#end")
    return repr(
        [
            parts,
            parts.port,
            urllib.parse.parse_qs(parts.query),
            urllib.parse.quote("é/ "),
            urllib.parse.urljoin("http://a/b/c", "../d"),
        ]
    )


def urllib__error():
    import urllib.error

    return repr([urllib.error.URLError("reason"), urllib.error.HTTPError("u", 404, "no", {}, None)])


def urllib__response():
    import io
    import urllib.response

    answer = urllib.response.addinfourl(io.BytesIO(b"body"), {"A": "b"}, "http://x", 200)
    return f"{answer.read()} {answer.geturl()} {answer.status} {answer.info()}"


def urllib__robotparser():
    """of lines that are given; it can't fetch them"""
    import urllib.robotparser

    parser = urllib.robotparser.RobotFileParser()
    parser.parse(["User-agent: *", "Disallow: /private"])
    return f"{parser.can_fetch('x', '/private/a')} {parser.can_fetch('x', '/public')}"


def http():
    import http

    return f"{http.HTTPStatus.NOT_FOUND!r} {http.HTTPStatus(200).phrase} {http.HTTPMethod.GET}"


def http__cookies():
    import http.cookies

    jar = http.cookies.SimpleCookie("a=1; b=2")
    jar["a"]["path"] = "/"
    return f"{jar.output()!r} {jar['b'].value}"


def http__cookiejar():
    """cookies as values; there are no requests to take them from"""
    import http.cookiejar

    jar = http.cookiejar.CookieJar()
    words = (
        "a",
        "1",
        None,
        False,
        "x.org",
        True,
        False,
        "/",
        True,
        False,
        None,
        True,
        None,
        None,
        {},
    )
    jar.set_cookie(http.cookiejar.Cookie(0, *words))
    return f"{[cookie.value for cookie in jar]} {http.cookiejar.time2isoz(0)}"


def ipaddress():
    import ipaddress

    network = ipaddress.ip_network("fd00::/125")
    hosts = list(network.hosts())
    found = ipaddress.ip_address("fd00::5") in network
    return repr([hosts[:2], found, ipaddress.ip_address("::1").is_loopback])


def xmlrpc__client():
    """`dumps` and `loads`; a server can't be reached"""
    import xmlrpc.client

    text = xmlrpc.client.dumps((1, "a", [True]), "method")
    return f"{text!r} {xmlrpc.client.loads(text)}"


def wsgiref__headers():
    import wsgiref.headers

    headers = wsgiref.headers.Headers([("A", "b")])
    headers.add_header("Content-Disposition", "attachment", filename="x.txt")
    return str(headers)


def wsgiref__util():
    import wsgiref.util

    environ = {}
    wsgiref.util.setup_testing_defaults(environ)
    environ["PATH_INFO"] = "/a/b"
    return repr(
        [
            wsgiref.util.request_uri(environ),
            wsgiref.util.shift_path_info(environ),
            environ["SCRIPT_NAME"],
        ]
    )


def wsgiref__handlers():
    """runs an application of WSGI on streams in memory"""
    import io
    import wsgiref.handlers

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["PATH_INFO"].encode()]

    target = io.BytesIO()
    environ = {"PATH_INFO": "/hello", "SERVER_PROTOCOL": "HTTP/1.0", "REQUEST_METHOD": "GET"}
    handler = wsgiref.handlers.SimpleHandler(io.BytesIO(), target, io.StringIO(), environ)
    handler.run(application)
    return repr(
        [
            line
            for line in target.getvalue().splitlines()
            if b"Date" not in line and b"Server" not in line
        ]
    )


def wsgiref__validate():
    import wsgiref.util
    import wsgiref.validate

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    environ = {"QUERY_STRING": ""}
    wsgiref.util.setup_testing_defaults(environ)
    answer = wsgiref.validate.validator(application)(environ, lambda status, headers: print)
    parts = list(answer)
    answer.close()
    return repr(parts)


def wsgiref__types():
    import wsgiref.types

    return f"{wsgiref.types.WSGIApplication.__module__} {wsgiref.types.InputStream.__name__}"


def cgi():
    """headers and forms that are given"""
    import cgi
    import io

    form = io.BytesIO(b"--xx\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--xx--\r\n")
    parts = cgi.parse_multipart(form, {"boundary": b"xx", "CONTENT-LENGTH": 100})
    return f"{cgi.parse_header('text/html; charset=utf-8')} {parts}"


def cgitb():
    """texts of exceptions, without the lines of their source"""
    import cgitb
    import sys

    try:
        raise ValueError("wrong")
    except ValueError:
        return repr(
            ["ValueError" in cgitb.text(sys.exc_info()), "wrong" in cgitb.html(sys.exc_info())]
        )
