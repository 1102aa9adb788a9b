using System.Globalization;
using System.Text.Json;
using Pawl.Changes.Reports;
using Pawl.Changes.Sandboxes;
using Pawl.Ledger;

namespace Pawl.Changes;

/// <summary>
/// Stores a change and what it came to in one transaction: no state without its receipt, and no receipt without its state.
/// </summary>
internal sealed class ChangeReceipts(ChangeServices services)
{
    private const string TestResult = "https://in-toto.io/attestation/test-result/v0.1";
    private readonly ReceiptLedger _ledger = new(services.Receipts, services.Time);

    /// <summary>Stores the next state with its receipts.</summary>
    /// <param name="change">The state.</param>
    /// <param name="also">What else belongs to the transaction.</param>
    /// <param name="receipts">The receipts.</param>
    /// <exception cref="UnavailableException">Another process works on the same change.</exception>
    public async Task<Change> PutAsync(Change change, Action<ITransaction> also, IReadOnlyList<ReceiptDraft> receipts)
    {
        var next = change with { Version = change.Version + 1 };
        // Not given up half way: the effect is made by now.
        await services.Store.WriteAsync(
            transaction =>
            {
                if (!services.Changes.TryPut(transaction, next)) throw new UnavailableException($"Another process works on {change.Id}. Wait until it ends.");
                also(transaction);
                foreach (var receipt in receipts) Append(transaction, receipt);
                return next;
            },
            CancellationToken.None).ConfigureAwait(false);
        return next;
    }

    /// <summary>Appends a receipt by itself: an intent, before its effect.</summary>
    public Task AppendAsync(ReceiptDraft receipt) => services.Store.WriteAsync(
        transaction =>
        {
            Append(transaction, receipt);
            return true;
        },
        CancellationToken.None);

    /// <summary>A receipt about a change.</summary>
    /// <param name="change">The change.</param>
    /// <param name="tool">What acted.</param>
    /// <param name="step">Which of its steps; with the tool it makes the receipt's name and key.</param>
    /// <param name="target">What was to be reached.</param>
    /// <param name="message">What happened.</param>
    /// <param name="data">What else belongs to it.</param>
    /// <param name="kind">Intent or result.</param>
    public ReceiptDraft Of(Change change, string tool, string step, string target, string message, Action<Utf8JsonWriter> data, ReceiptKind kind = ReceiptKind.Result) => new()
    {
        Kind = kind,
        Tool = tool,
        Ok = kind == ReceiptKind.Result,
        Ref = Ref(change, tool, step),
        Key = IdempotencyKey.Derive(tool, Subject(change), step, target),
        Args = JsonSerializer.SerializeToElement(new[] { change.Id, step, target }),
        Actor = tool == RunAgent ? $"agent:{change.Agent}" : services.Actor,
        Subject = Subject(change),
        Message = ShortText.Start(message, Limits.ReceiptMessageCharacters),
        Data = Json.Object(data),
    };

    /// <summary>The receipt of a change's beginning, with every escape that was tried on the sandbox.</summary>
    public ReceiptDraft OfStart(Change change, IReadOnlyList<SandboxProbe> probes) =>
        Of(change, "StartChange", "", change.Base, $"A change from {change.Base[..12]} for: {change.Title}", to =>
        {
            to.WriteString("purpose", change.Purpose.ToString().ToLowerInvariant());
            to.WriteString("base", change.Base);
            to.WriteString("branch", change.Branch);
            to.WriteString("gate", change.Gate);
            to.WriteString("agent", change.Agent);
            to.WriteString("agent_digest", change.AgentDigest);
            to.WriteString("sandbox", change.Sandbox.ToString().ToLowerInvariant());
            if (change.Access is { } access) Write(to, access);
            Names(to, "network_of_gate", change.NetworkOfGate);
            to.WriteStartArray("probes");
            foreach (var probe in probes) to.WriteStringValue($"{probe.Name}: {(probe.Holds ? "holds" : "does not hold")}");
            to.WriteEndArray();
        });

    /// <summary>The receipt of an agent's attempt.</summary>
    public ReceiptDraft OfAttempt(Change change, string step, Attempt attempt) => Of(
        change, RunAgent, step, attempt.Tree,
        attempt.Agent.Fault is { } fault ? $"Attempt {attempt.Number}: {fault}" : $"Attempt {attempt.Number}: {Words.Count(attempt.Files, "file")} changed.",
        to => Write(to, attempt));

    /// <summary>The receipt of a change that ends without a proposal.</summary>
    public ReceiptDraft OfEnd(Change change) => Of(change, "EndChange", "", change.Status.ToString(), change.Why, to => to.WriteString("status", change.Status.ToString().ToLowerInvariant()));

    /// <summary>The receipt of a run of the gate: an in-toto test result.</summary>
    public ReceiptDraft OfGate(Change change, string step, string tree, GateResult result) => Of(
        change, RunGate, step, tree, $"The gate is {(result.IsGreen ? "green" : "red")} on tree {tree}: {string.Join("; ", result.Checks.Select(check => $"{check.Id} {check.Status.ToString().ToLowerInvariant()}"))}.", to =>
        {
            to.WriteString("predicate_type", TestResult);
            to.WriteString("tree", tree);
            to.WriteString("gate", change.Gate);
            to.WriteString("sandbox", change.Sandbox.ToString().ToLowerInvariant());
            to.WriteString("result", !result.IsGreen ? "FAILED" : result.Checks.Any(check => check.Status != CheckStatus.Passed) ? "WARNED" : "PASSED");
            Names(to, "configuration", result.Checks.Select(check => check.Id));
            Names(to, "passedTests", Tests(result, TestStatus.Passed).Concat(result.Checks.Where(check => check.Report.Tests.Count == 0 && check.Status == CheckStatus.Passed).Select(check => check.Id)));
            Names(to, "warnedTests", result.Checks.SelectMany(check => check.FlakyTests.Select(test => $"{check.Id}: {test}")));
            Names(to, "failedTests", Tests(result, TestStatus.Failed).Concat(result.Checks.Where(check => check is { Status: CheckStatus.Failed, Cause: not CheckCause.Tests }).Select(check => check.Id)));
            Names(to, "notes", CheckNotes.Of(result));
        });

    /// <summary>The tool of an agent's attempt.</summary>
    public const string RunAgent = "RunAgent";

    /// <summary>The tool of a run of the gate.</summary>
    public const string RunGate = "RunGate";

    /// <summary>A receipt's name: <c>GATE-CHG-0a1b2c3d-1.2-clean</c>.</summary>
    public static string Ref(Change change, string tool, string step) => string.Create(CultureInfo.InvariantCulture, $"{Word(tool)}-{change.Id}{(step.Length > 0 ? "-" : "")}{step}");

    /// <summary>What receipts of a change speak of.</summary>
    public static string Subject(Change change) => $"change:{change.Id}";

    private static string Word(string tool) => tool switch
    {
        RunAgent => "AGENT",
        RunGate => "GATE",
        "StartChange" => "START",
        "CreateBranch" => "BRANCH",
        "ProposeChange" => "PROPOSAL",
        "PushBranch" => "PUSH",
        "OpenPullRequest" => "DRAFT",
        _ => "END",
    };

    private static IEnumerable<string> Tests(GateResult result, TestStatus status) => result.Checks.SelectMany(check => check.Tests(status).Select(test => $"{check.Id}: {test}"));

    private static void Names(Utf8JsonWriter to, string name, IEnumerable<string> values)
    {
        to.WriteStartArray(name);
        foreach (var value in values) to.WriteStringValue(value);
        to.WriteEndArray();
    }

    /// <summary>Writes the member <c>access</c>.</summary>
    public static void Write(Utf8JsonWriter to, AgentAccess access)
    {
        to.WriteStartObject("access");
        to.WriteBoolean("network", access.Network);
        Names(to, "environment", access.Environment);
        Names(to, "read", access.Read);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, Attempt attempt)
    {
        to.WriteString("end", attempt.Agent.End.ToString().ToLowerInvariant());
        to.WriteNumber("exit_code", attempt.Agent.ExitCode);
        to.WriteNumber("took_ms", (long)attempt.Agent.Took.TotalMilliseconds);
        if (attempt.Agent.Tokens is { } tokens) to.WriteNumber("tokens", tokens);
        if (attempt.Agent.CostUsd is { } cost) to.WriteNumber("cost_usd", cost);
        to.WriteString("tree", attempt.Tree);
        to.WriteNumber("patch_bytes", attempt.PatchBytes);
        to.WriteBoolean("green", attempt.IsGreen);
        if (!attempt.IsGreen) to.WriteString("why", attempt.Why);
        to.WriteStartArray("findings");
        foreach (var finding in attempt.Findings) to.WriteStringValue($"{finding.Kind}: {finding.Where}: {finding.What}");
        to.WriteEndArray();
        to.WriteStartArray("notes");
        foreach (var note in attempt.Agent.Notes.Concat(attempt.Notes)) to.WriteStringValue(note);
        to.WriteEndArray();
    }

    private void Append(ITransaction transaction, ReceiptDraft draft)
    {
        if (_ledger.Append(transaction, draft) is AppendOutcome.Refused refused) throw new InvalidOperationException(refused.Message);
    }
}
