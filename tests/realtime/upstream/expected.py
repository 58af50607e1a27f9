"""Tests of the libraries' own suites that our classes are to fail, and why."""

from __future__ import annotations

SOCKETIO = {
    "The engine is made with our options too": ["test_create"],
    "attach needs an aiohttp application: it ends the server with it": ["test_attach"],
    "What a connect handler raises is logged and refuses; it reaches no caller": [
        "test_handle_connect_with_auth_none_type_error",
        # Python's own: of a database, perhaps.
        "test_handle_connect_rejected_with_python_exception",
    ],
    "A DISCONNECT holds nothing: the JavaScript SDK cannot read one that does": [
        "test_handle_connect_rejected_always_connect",
        "test_handle_connect_namespace_rejected_always_connect",
    ],
    "An event that nobody handles is refused in its ack": ["test_handle_unknown_event_with_ack"],
    "Attachments that are on their way to a namespace that was left are read, and dropped": [
        "test_server_disconnect_with_partial_binary_packet",
        "test_client_disconnect_with_partial_binary_packet",
    ],
    "Options that this server refuses": [
        "test_logger",
        "test_engineio_logger",
        "test_custom_json",
        "test_async_handlers",
        "test_serializer_args_with_msgpack",
    ],
}

ENGINEIO = {
    "It is for aiohttp, and talks to it directly: there is no driver": [
        "test_async_mode_aiohttp",
        "test_async_modes_wsgi",
        "test_attach",
        "test_connect_async_request_response_handlers",
        "test_connect_cors_not_allowed_origin_async_response",
        "test_get_request_custom_response",
    ],
    "A session is no AsyncSocket: it has no queue, and answers, sends and closes its own way": [
        "test_connect_bad_poll",
        "test_connect_transport_websocket",
        "test_http_upgrade_case_insensitive",
        "test_create_queue",
        "test_disconnect",
        "test_disconnect_all",
        "test_get_request",
        "test_get_request_closes_socket",
        "test_get_request_error",
        "test_gzip_compression",
        "test_deflate_compression",
        "test_post_request",
        "test_post_request_error",
        "test_send",
    ],
    "There is no task that watches clients": ["test_service_task_started", "test_shutdown"],
    "The charset is told in lower case": ["test_connect"],
    "A handshake is refused by limits and origins alone; a connect handler is Socket.IO's": [
        "test_connect_event",
        "test_connect_event_rejects",
        "test_connect_event_rejects_with_message",
    ],
    "Other words in refusals, and 403 for origins, 400 for methods, 204 for OPTIONS": [
        "test_connect_bad_eio_version",
        "test_connect_cors_not_allowed_origin",
        "test_connect_cors_one_origin_not_allowed",
        "test_connect_cors_options",
        "test_jsonp_not_supported",
        "test_method_not_found",
    ],
    "Origins are a list: none is none, and X-Forwarded-Host is not believed": [
        "test_connect_cors_allowed_origin_with_callable",
        "test_connect_cors_disabled",
        "test_connect_cors_headers_default_origin",
    ],
    "There is no JSONP": ["test_jsonp_index"],
    "A request names its transport": ["test_transports_disallowed"],
    "Options that this server refuses": ["test_logger"],
}
