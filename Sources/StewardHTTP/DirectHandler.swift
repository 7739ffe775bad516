import HTTPTypes
import NIOCore
import NIOHTTPTypes
import StewardModel

/// Takes the requests that ``DirectAnswers`` knows out of a connection's stream and answers them on its event loop; all
/// others go on to the router. Answers leave in the order of their requests: while one is being answered, those that a
/// client pipelines behind it wait here.
final class DirectHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Stage {
        /// Between requests.
        case idle
        /// The body of a request of ours is coming.
        case collecting(HTTPRequest, DirectAnswers.Match)
        case answering
        /// The router has the request.
        case routed(isRead: Bool, isAnswered: Bool)
        case closed

        /// Whether what is read now belongs to a later request.
        var isBusy: Bool {
            switch self {
            case .answering, .routed(isRead: true, _): true
            default: false
            }
        }
    }

    private let answers: DirectAnswers
    private var stage = Stage.idle
    private var body = ByteBuffer()
    private var waiting: [HTTPRequestPart] = []
    /// Events such as a shutdown, which must not close the connection under an answer.
    private var heldEvents: [Any] = []
    private var wantsRead = false
    private var date = (second: Int64.min, text: "")

    init(_ answers: DirectAnswers) { self.answers = answers }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if stage.isBusy || !waiting.isEmpty { waiting.append(part) } else { take(part, context) }
    }

    private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch (stage, part) {
        case (.idle, .head(let request)):
            if let match = answers.match(request) {
                body.clear()
                stage = .collecting(request, match)
            } else {
                stage = .routed(isRead: false, isAnswered: false)
                context.fireChannelRead(wrapInboundOut(part))
            }
        case (.collecting, .body(var bytes)):
            // Content-Length, which the decoder holds clients to, bounds the sum.
            body.writeBuffer(&bytes)
        case (.collecting(let request, let match), .end):
            stage = .answering
            answer(request, match, context)
        case (.routed(_, let isAnswered), .end):
            stage = isAnswered ? .idle : .routed(isRead: true, isAnswered: false)
            context.fireChannelRead(wrapInboundOut(part))
        case (.closed, _): break
        default: context.fireChannelRead(wrapInboundOut(part))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stage = .closed
        waiting.removeAll()
        releaseEvents(context)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch stage {
        case .collecting, .answering: heldEvents.append(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// Reading stops while requests wait, so that the client's pipeline fills up and not our memory.
    func read(context: ChannelHandlerContext) {
        if waiting.isEmpty { context.read() } else { wantsRead = true }
    }

    // MARK: Outbound

    private func answer(_ request: HTTPRequest, _ match: DirectAnswers.Match, _ context: ChannelHandlerContext) {
        let loop = context.eventLoop
        let bound = NIOLoopBound((self, context), eventLoop: loop)
        answers.answer(match, request, body) { reply in
            loop.execute {
                let (handler, context) = bound.value
                handler.send(reply, context)
            }
        }
    }

    private func send(_ reply: Reply, _ context: ChannelHandlerContext) {
        guard case .answering = stage else { return }
        var fields = reply.fields
        fields[.contentLength] = String(reply.bytes.count)
        fields[.date] = dateText()
        fields[.server] = HTTPServer.serverName
        let head = HTTPResponse(status: .init(code: reply.status), headerFields: fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(context.channel.allocator.buffer(bytes: reply.bytes))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        stage = .idle
        goOn(context)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        guard case .end = unwrapOutboundIn(data), case .routed(let isRead, _) = stage else { return }
        stage = isRead ? .idle : .routed(isRead: false, isAnswered: true)
        goOn(context)
    }

    /// Serves what waited for the last answer.
    private func goOn(_ context: ChannelHandlerContext) {
        var served = 0
        while served < waiting.count, !stage.isBusy {
            take(waiting[served], context)
            served += 1
        }
        waiting.removeFirst(served)
        if served > 0 { context.fireChannelReadComplete() }
        guard waiting.isEmpty else { return }
        if case .idle = stage { releaseEvents(context) }
        if wantsRead {
            wantsRead = false
            context.read()
        }
    }

    private func releaseEvents(_ context: ChannelHandlerContext) {
        let events = heldEvents
        heldEvents.removeAll()
        for event in events { context.fireUserInboundEventTriggered(event) }
    }

    /// The Date header (RFC 9110, section 6.6.1), made once a second.
    private func dateText() -> String {
        let now = answers.now()
        let second = now.microseconds / 1_000_000
        if date.second != second { date = (second, now.httpDate) }
        return date.text
    }
}
