import StewardJSON
import StewardModel
import StewardPolicy
import StewardTransparency
import Synchronization

/// One call of a webhook, ready to be sent: its headers are those of the Standard Webhooks specification.
package struct HookCall: Sendable, Equatable {
    package var hook: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    package var timeout: Duration

    /// - Parameter id: the same for every attempt, so that the other side can tell a repetition.
    package init(_ policy: WebhookPolicy, key: [UInt8], id: String, body: JSONValue, now: Timestamp) {
        hook = policy.name
        url = policy.url
        timeout = policy.timeout
        self.body = body.canonical
        let seconds = String(now.seconds)
        let signed = Array("\(id).\(seconds).".utf8) + self.body
        headers = [
            ("content-type", "application/json"), ("webhook-id", id), ("webhook-timestamp", seconds),
            ("webhook-signature", "v1," + MessageAuthentication.base64(signed, key: key)),
        ]
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.hook == right.hook && left.url == right.url && left.body == right.body && left.timeout == right.timeout
            && left.headers.map(\.name) == right.headers.map(\.name)
            && left.headers.map(\.value) == right.headers.map(\.value)
    }
}

/// What came back: a status, or why there was none.
package enum HookReply: Sendable, Equatable {
    case status(Int)
    case silence(String)

    package var isSuccess: Bool { if case .status(let code) = self { (200..<300).contains(code) } else { false } }
    /// Whether another attempt may do better: the other side is down, slow or busy, and did not say no.
    var isPassing: Bool {
        switch self {
        case .silence: true
        case .status(let code): code >= 500 || code == 408 || code == 429
        }
    }
    /// 403 and 409 say no; everything else says nothing.
    var isRefusal: Bool { self == .status(403) || self == .status(409) }

    package var text: String {
        switch self {
        case .status(let code) where (300..<400).contains(code): "it answered \(code), and redirects are not followed"
        case .status(let code): "it answered \(code)"
        case .silence(let reason): reason
        }
    }
}

/// How long to wait before a call is made again: twice as long each time, so that one that is down is left alone.
enum HookPause {
    static let longest = Duration.seconds(30)

    /// - Parameter attempts: that have failed, from 1.
    static func after(_ attempts: Int) -> Duration { min(.seconds(1 << min(attempts - 1, 10)), longest) }
}

/// What a webhook said of one step of a rollout, as it is on record.
package struct HookAnswer: Sendable, Equatable {
    package enum Verdict: String, Sendable, CaseIterable {
        case yes
        case no
        /// Nothing that counts, which is consent to those who may only object.
        case silence
    }

    package var hook: String
    package var role: WebhookPolicy.Role
    /// The step that may begin by it, from 0; one past the last serves everybody.
    package var step: Int
    package var verdict: Verdict
    /// In plain words, such as `it answered 204`.
    package var reply: String
    package var time = Timestamp(microseconds: 0)

    func isSame(as other: HookAnswer) -> Bool {
        hook == other.hook && step == other.step && verdict == other.verdict
    }
}

/// Asks webhooks before a rollout goes on. Nothing here ever waits: a question that is open is a step that does not
/// begin yet, and the guards go on looking meanwhile. Rollbacks and aborts ask nobody.
package final class HookDesk: Sendable {
    package enum Answer: Sendable, Equatable {
        case proceed
        case wait(String)
        /// To be put on record, which asks again: what is on record is not asked for twice.
        case answered(HookAnswer)
    }

    private struct Question: Hashable {
        var hook: String
        var rollout: String
        var step: Int
        /// Of the rollout's last change: what was said before it counts no longer.
        var record: Int64
    }

    private enum State {
        case asking
        case answered(HookReply, at: Timestamp)
    }

    private struct Entry {
        var state: State
        /// How often it was asked.
        var attempts: Int
    }

    /// Questions under way; further ones wait.
    static let mostOpen = 64

    private let policies: @Sendable () -> PolicySet
    private let key: @Sendable (WebhookPolicy) -> [UInt8]?
    private let send: @Sendable (HookCall) async -> HookReply
    private let now: @Sendable () -> Timestamp
    private let states = Mutex<[Question: Entry]>([:])

    /// - Parameters:
    ///   - key: what a hook's calls are signed with; `nil` where it is not set.
    ///   - send: makes a call, within its timeout.
    package init(
        policies: @Sendable @escaping () -> PolicySet, key: @Sendable @escaping (WebhookPolicy) -> [UInt8]?,
        now: @Sendable @escaping () -> Timestamp, send: @Sendable @escaping (HookCall) async -> HookReply
    ) {
        self.policies = policies
        self.key = key
        self.now = now
        self.send = send
    }

    /// Whether a rollout may go on to a step (one past the last: to serve everybody). Asks where nobody was asked yet.
    package func mayBegin(_ step: Int, of rollout: Rollout) -> Answer {
        let hooks = policies().webhookEntries.map(\.policy).filter {
            $0.role != .notify && $0.applies(deployment: rollout.deployment, environment: rollout.environment)
        }
        for hook in hooks {
            if let known = rollout.answers.last(where: { $0.hook == hook.name && $0.step == step }) {
                // A refusal pauses; what goes on after it was asked anew.
                if known.verdict == .no { return .wait("The webhook \(hook.name) refused: \(known.reply).") }
                continue
            }
            let question = Question(hook: hook.name, rollout: rollout.id, step: step, record: rollout.record)
            switch state(of: question, hook) {
            case nil:
                ask(question, hook, rollout)
                return .wait("It waits for the webhook \(hook.name).")
            case .asking: return .wait("It waits for the webhook \(hook.name).")
            case .answered(let reply, _):
                if hook.role == .confirm, !reply.isSuccess, !reply.isRefusal {
                    return .wait("The webhook \(hook.name) has not confirmed: \(reply.text).")
                }
                states.withLock { $0[question] = nil }
                let verdict: HookAnswer.Verdict = reply.isSuccess ? .yes : reply.isRefusal ? .no : .silence
                return .answered(
                    HookAnswer(hook: hook.name, role: hook.role, step: step, verdict: verdict, reply: reply.text))
            }
        }
        return .proceed
    }

    /// Forgets all rollouts but these, which are under way.
    func keep(only rollouts: Set<String>) {
        states.withLock { states in
            if states.keys.contains(where: { !rollouts.contains($0.rollout) }) {
                states = states.filter { rollouts.contains($0.key.rollout) }
            }
        }
    }

    /// `nil` where it is to be asked now.
    private func state(of question: Question, _ hook: WebhookPolicy) -> State? {
        states.withLock { states in
            guard let entry = states[question], case .answered(let reply, let time) = entry.state else {
                return states[question]?.state
            }
            let isFinal = reply.isSuccess || reply.isRefusal || hook.role == .veto
            return isFinal || now() < time + HookPause.after(entry.attempts) ? entry.state : nil
        }
    }

    private func ask(_ question: Question, _ hook: WebhookPolicy, _ rollout: Rollout) {
        guard let key = key(hook) else { return }
        let isFree = states.withLock { states in
            let open = states.values.count { if case .asking = $0.state { true } else { false } }
            guard open < Self.mostOpen else { return false }
            states[question] = Entry(state: .asking, attempts: (states[question]?.attempts ?? 0) + 1)
            return true
        }
        guard isFree else { return }
        let call = HookCall(
            // The record tells what is asked again after a refusal from what is asked again for want of an answer.
            hook, key: key, id: "\(rollout.id)-step-\(question.step + 1)-\(rollout.record)",
            body: rollout.question(question.step, hook.role), now: now())
        Task { [self] in
            let reply = await send(call)
            let time = now()
            states.withLock { $0[question]?.state = .answered(reply, at: time) }
        }
    }
}

extension Rollout {
    fileprivate func question(_ step: Int, _ role: WebhookPolicy.Role) -> JSONValue {
        [
            "type": .string("rollout.\(role.rawValue)"),
            "data": [
                "rollout": .string(id), "attempt": .integer(attempt), "deployment": .string(deployment),
                "environment": .string(environment), "version": .string(version),
                "stable": .string(stableVersion), "step": .integer(Int64(step + 1)),
                "weight": .integer(step < plan.steps.count ? plan.steps[step].weight : 100),
                "policy": .string(policy), "policy_digest": .string(policyDigest),
            ],
        ]
    }
}
