using System.Globalization;
using System.Text;
using Pawl.Changes.Tampering;

namespace Pawl.Changes;

/// <summary>A proposal as Markdown: what a reviewer reads, and the body of the pull request.</summary>
public static class ProposalText
{
    private const int AskedCharacters = 3000;
    private const int NamedItems = 20;

    /// <summary>Writes it.</summary>
    public static string Markdown(Change change)
    {
        var attempt = change.Winner ?? throw new ArgumentException("Only what was chosen can be proposed.", nameof(change));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {Plain(change.Title)}\n\n");
        Findings(text, change, attempt);
        Asked(text, change);
        Changed(text, attempt);
        Gate(text, attempt.Clean!);
        Made(text, change);
        Receipts(text, change);
        return text.ToString();
    }

    // First what a reviewer must not miss.
    private static void Findings(StringBuilder text, Change change, Attempt attempt)
    {
        var notes = attempt.Findings.Select(finding => $"**{finding.Kind.Name()}** {Code(finding.Where)}: {Plain(finding.What)}")
            .Concat(attempt.Clean!.Flaky.Names.Take(NamedItems).Select(test => $"**flaky** {Code(test)} failed, and passed when it was run again"))
            .Concat(attempt.Clean.Flaky.Count > NamedItems ? [$"**flaky** {Words.Count(attempt.Clean.Flaky.Count - NamedItems, "more test")} did so"] : [])
            .Concat(attempt.Clean.Checks.Where(check => check.Status == CheckStatus.Failed && !check.Required).Select(check => $"**not required** the check {Code(check.Check)} is red: {Plain(check.Text)}"))
            .Concat(attempt.Clean.Known.Count > 0 ? [$"**known** {Words.Count(attempt.Clean.Known.Count, "test fails", "tests fail")} as on the base commit: {Some(attempt.Clean.Known)}"] : [])
            .Concat(Noticed(change, attempt))
            .Concat(change.Issue?.TakenOut.Select(what => $"**issue text** held {what}; the agent did not see it") ?? [])
            .ToList();
        if (notes.Count == 0) return;
        text.Append("> **Look at this first**").Append(change.Allowed.Count > 0 ? $" (let through by {Plain(change.Actor)}: {string.Join(", ", change.Allowed.Select(kind => kind.Name()))})" : "").Append('\n');
        foreach (var note in notes) text.Append(CultureInfo.InvariantCulture, $"> - {note}\n");
        text.Append('\n');
    }

    // What an earlier attempt did stands in the checkout of the later one.
    private static IEnumerable<string> Noticed(Change change, Attempt winner)
    {
        var made = change.Lanes[change.Chosen!.Value - 1].Attempts;
        var others = change.Lanes.Where(lane => lane.Number != change.Chosen);
        return made.SelectMany(attempt => attempt.Agent.Notes.Select(note => $"**noticed** the agent {Plain(note)}{(made.Count > 1 ? $" (attempt {attempt.Number})" : "")}"))
            .Concat(winner.Notes.Select(note => $"**noticed** {Plain(note)}"))
            .Concat(others.SelectMany(lane => lane.Attempts.SelectMany(attempt => attempt.Agent.Notes).Distinct(StringComparer.Ordinal).Select(note => $"**noticed** agent {lane.Number}, whose change this is not, {Plain(note)}")));
    }

    private static void Asked(StringBuilder text, Change change)
    {
        text.Append("## What was asked\n\n");
        if (change.Issue is not { } issue)
        {
            text.Append("The gate was red on the base commit; the agent was to mend the code, not the tests.\n\n");
            return;
        }

        text.Append(CultureInfo.InvariantCulture, $"{Plain(issue.Title)} ({Plain(issue.Source)})\n\n{Fence(ShortText.Start(issue.Body, AskedCharacters))}\n\n");
    }

    private static void Changed(StringBuilder text, Attempt attempt)
    {
        text.Append(CultureInfo.InvariantCulture, $"## What changed\n\n{Words.Count(attempt.Files, "file")}, {Words.Count(attempt.AddedLines, "line")} added, {attempt.RemovedLines:N0} removed:\n\n");
        foreach (var path in attempt.Paths.Take(NamedItems)) text.Append(CultureInfo.InvariantCulture, $"- {Code(path)}\n");
        if (attempt.Files > NamedItems) text.Append(CultureInfo.InvariantCulture, $"- and {attempt.Files - NamedItems} more\n");
        text.Append("\nWhy, **in the agent's own words**, which nobody has checked:\n\n").Append(Fence(attempt.Agent.Said.Length > 0 ? attempt.Agent.Said : "(it said nothing)")).Append("\n\n");
    }

    private static void Gate(StringBuilder text, Verdict verdict)
    {
        text.Append("## What the gate said\n\nIn a fresh checkout where the agent never was, with the gate of the base commit:\n\n| check | result |\n| --- | --- |\n");
        foreach (var check in verdict.Checks) text.Append(CultureInfo.InvariantCulture, $"| {Code(check.Check)} | {check.Status.ToString().ToLowerInvariant()}{(check.Required ? "" : " (not required)")}{(check.Text.Length > 0 ? ": " + Plain(check.Text) : "")} |\n");
        text.Append('\n');
        if (verdict.Passed + verdict.Skipped > 0) text.Append(CultureInfo.InvariantCulture, $"- {Words.Count(verdict.Passed, "test passes", "tests pass")}, {verdict.Skipped:N0} skipped\n");
        if (verdict.Fixed.Count > 0) text.Append(CultureInfo.InvariantCulture, $"- {Words.Count(verdict.Fixed.Count, "test that failed before passes", "tests that failed before pass")}: {Some(verdict.Fixed)}\n");
        if (verdict.NewTests.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {Words.Count(verdict.NewTests.Count, "new test")}: {Some(verdict.NewTests)}");
            if (verdict.NewTestsThatFailWithout is { } fail) text.Append("; ").Append(Without(verdict.NewTests.Count, fail));
            text.Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"- the gate ran {Words.Count(verdict.GateRuns, "time")} for this attempt, in the agent's checkout first\n\n");
    }

    private static string Without(int tests, int fail) => tests == 1
        ? fail == 1 ? "it fails without the change" : "it passes without the change too, and proves nothing"
        : string.Create(CultureInfo.InvariantCulture, $"{fail:N0} of them fail without the change{(fail < tests ? ": those that pass without it prove nothing" : "")}");

    private static void Made(StringBuilder text, Change change)
    {
        var agents = change.Lanes.SelectMany(lane => lane.Attempts).Select(made => made.Agent).ToList();
        text.Append(CultureInfo.InvariantCulture, $"## How it was made\n\n- agent {Code(change.Agent)}, command sha256:{change.AgentDigest[..16]}\n- sandbox: {Plain(change.SandboxHolds)}\n");
        if (change.Access is { } access) text.Append(CultureInfo.InvariantCulture, $"- the agent was given {Plain(access.Said)}\n");
        if (change.NetworkOfGate.Count > 0) text.Append(CultureInfo.InvariantCulture, $"- of the gate these had the network: {string.Join(", ", change.NetworkOfGate.Select(Code))}\n");
        text.Append(CultureInfo.InvariantCulture, $"- {Words.Count(agents.Count, "attempt")}{(change.Lanes.Count > 1 ? $" by {change.Lanes.Count} agents beside each other; this is the smallest green one" : "")}, {Words.Time(TimeSpan.FromTicks(agents.Sum(agent => agent.Took.Ticks)))} of the agent's time\n");
        if (agents.Exists(agent => agent.Tokens is not null) || agents.Exists(agent => agent.CostUsd is not null))
            text.Append(CultureInfo.InvariantCulture, $"- by its own count {agents.Sum(agent => agent.Tokens ?? 0):N0} tokens{(agents.Exists(agent => agent.CostUsd is not null) ? $", ${agents.Sum(agent => agent.CostUsd ?? 0):0.####}" : "")}\n");
        text.Append(CultureInfo.InvariantCulture, $"- base commit {Code(change.Base)}, gate sha256:{change.Gate[..16]}\n");
        if (!change.IsGit) text.Append(CultureInfo.InvariantCulture, $"- proposed as a patch, for the folder as it stood{(change.PatchDigest is { } digest ? $": sha256:{digest}" : "")}\n");
        else if (change.Commit is { } commit) text.Append(CultureInfo.InvariantCulture, $"- proposed as {Code(commit)} on {Code(change.Branch)}\n");
        text.Append('\n');
    }

    private static void Receipts(StringBuilder text, Change change)
    {
        var proposal = ChangeReceipts.Ref(change, "ProposeChange", "");
        text.Append("## Receipts\n\n");
        text.Append(CultureInfo.InvariantCulture, $"- {Code(ChangeReceipts.Ref(change, ChangeReceipts.RunGate, Delivery.CleanStep(change)))}: the verdict\n- {Code(proposal)}: this proposal, with in-toto statements over {(change.IsGit ? "the commit" : "the patch")}\n");
        if (change.Checkpoint is { } checkpoint) text.Append(CultureInfo.InvariantCulture, $"- ledger checkpoint before the commit: {Code(checkpoint)}\n");
        text.Append(CultureInfo.InvariantCulture, $"\nTo verify without the database, ask for `pawl ledger prove {proposal} --out proof.json` and run `pawl ledger verify --proof proof.json`.\n");
    }

    private static string Some(NamedTests tests) => string.Join(", ", tests.Names.Take(5).Select(Code)) + (tests.Count > 5 ? string.Create(CultureInfo.InvariantCulture, $" and {tests.Count - 5:N0} more") : "");

    // A fence longer than any run of backticks in the text.
    private static string Fence(string text)
    {
        text = PlainText.Of(text);
        var fence = new string('`', Math.Max(3, LongestRun(text) + 1));
        return $"{fence}text\n{text.TrimEnd()}\n{fence}";
    }

    // The mark around it is longer than any run of backticks in it, and set off from one at its edge.
    private static string Code(string text)
    {
        var name = PlainText.Name(text);
        var mark = new string('`', LongestRun(name) + 1);
        var space = name.StartsWith('`') || name.EndsWith('`') ? " " : "";
        return $"{mark}{space}{name}{space}{mark}";
    }

    private static int LongestRun(string text)
    {
        var (longest, run) = (0, 0);
        foreach (var c in text) longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        return longest;
    }

    // Nothing in a name or message makes a heading, a link, an image, a mention or HTML.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var c in Line(text))
        {
            if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '<' or '>' or '#' or '|' or '!' or '@' or '&' or '~') plain.Append('\\');
            plain.Append(c);
        }

        return plain.ToString();
    }

    private static string Line(string text) => string.Concat(PlainText.Of(text).ReplaceLineEndings(" ").Select(c => char.IsControl(c) ? ' ' : c));
}
