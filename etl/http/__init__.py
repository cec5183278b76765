"""Answers of HTTP/1 as servers write them and archives keep them: heads, ends of bodies, codings. Pure, no sockets."""
