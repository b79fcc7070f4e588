// One subscription over graphql-transport-ws. It reconnects by itself; a document with the
// variable $after goes on behind the last event, so that none is missed.

const address = () => `${location.protocol.replace("http", "ws")}//${location.host}/graphql`;
const longestWait = 10_000; // milliseconds
const final = (code) => code === 1011 || (code >= 4400 && code < 4500);

// Calls event(payload) for each event, state(word) with "connecting", "following" or "waiting",
// and end(payload or text) once it is over without having been stopped. Returns what stops it.
export function follow(request, token, { event, state, end }) {
  const resumes = /\$after\b/.test(request.query);
  let socket, again, stopped = false, wait = 500;

  function connect() {
    state("connecting");
    socket = new WebSocket(address(), "graphql-transport-ws");
    socket.onopen = () => say({ type: "connection_init", ...(token && { payload: { Authorization: `Bearer ${token}` } }) });
    socket.onmessage = ({ data }) => hear(JSON.parse(data));
    socket.onclose = ({ code, reason }) => {
      if (stopped) return;
      if (final(code)) return finish(reason || String(code));
      state("waiting");
      again = setTimeout(connect, wait);
      wait = Math.min(wait * 2, longestWait);
    };
  }

  function hear({ type, payload }) {
    if (type === "connection_ack") {
      wait = 500;
      say({ id: "1", type: "subscribe", payload: request });
      state("following");
    } else if (type === "ping") {
      say({ type: "pong" });
    } else if (type === "next") {
      const last = Object.values(payload.data ?? {})[0]?.id;
      if (resumes && last) request.variables = { ...request.variables, after: last };
      event(payload);
    } else if (type === "error") {
      finish({ errors: payload });
    } else if (type === "complete") {
      finish(null);
    }
  }

  function say(message) {
    socket.send(JSON.stringify(message));
  }

  function finish(why) {
    stop();
    end(why);
  }

  function stop() {
    stopped = true;
    clearTimeout(again);
    socket.close(1000);
  }

  connect();
  return stop;
}
