"""The browser page: a photo or film is dropped, its points are seen and taken away; nothing leaves the computer.

`server` starts Streamlit on 127.0.0.1, `page` is what the browser shows, `engine` labels, `viewer` draws.
"""
