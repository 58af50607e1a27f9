"""An application as the tutorials of python-socketio have it. ``test_tutorial.py`` runs it as it
is, and with its import and two options changed."""

import os

import socketio
from aiohttp import web

sio = socketio.AsyncServer(async_mode="aiohttp")
app = web.Application()
sio.attach(app)


async def background_task():
    """Sends events of the server's own."""
    count = 0
    while True:
        await sio.sleep(0.05)
        count += 1
        await sio.emit("tick", {"data": "Server generated event"})


async def index(request):
    return web.Response(text="<p>hello</p>", content_type="text/html")


@sio.event
async def my_event(sid, message):
    await sio.emit("my_response", {"data": message["data"]}, room=sid)


@sio.event
async def my_broadcast_event(sid, message):
    await sio.emit("my_response", {"data": message["data"]})


@sio.event
async def join(sid, message):
    await sio.enter_room(sid, message["room"])
    await sio.emit("my_response", {"data": "Entered room: " + message["room"]}, room=sid)


@sio.event
async def leave(sid, message):
    await sio.leave_room(sid, message["room"])
    await sio.emit("my_response", {"data": "Left room: " + message["room"]}, room=sid)


@sio.event
async def close_room(sid, message):
    await sio.emit("my_response", {"data": "Room is closing."}, room=message["room"])
    await sio.close_room(message["room"])


@sio.event
async def my_room_event(sid, message):
    await sio.emit("my_response", {"data": message["data"]}, room=message["room"])


@sio.event
async def disconnect_request(sid):
    await sio.disconnect(sid)


@sio.event
async def connect(sid, environ):
    await sio.save_session(sid, {"agent": environ["aiohttp.request"].headers["User-Agent"]})


@sio.event
async def who(sid):
    return (await sio.get_session(sid))["agent"]


@sio.event
def disconnect(sid, reason):
    print("Client disconnected, reason:", reason, flush=True)


app.router.add_get("/", index)


async def init_app():
    sio.start_background_task(background_task)
    return app


if __name__ == "__main__":
    web.run_app(init_app(), host="127.0.0.1", port=int(os.environ["PORT"]))
