using System.Text.Json;
using Pawl.Changes.Tampering;

namespace Pawl.Changes;

/// <summary>A change as machines read it.</summary>
public static class ProposalJson
{
    /// <summary>Writes one object.</summary>
    public static void Write(Utf8JsonWriter to, Change change)
    {
        to.WriteStartObject();
        to.WriteString("id", change.Id);
        to.WriteString("status", change.Status.ToString().ToLowerInvariant());
        to.WriteString("why", change.Why);
        to.WriteString("purpose", change.Purpose == ChangePurpose.Issue ? "issue-to-pr" : "self-heal");
        to.WriteString("title", change.Title);
        if (change.Issue is { } issue)
        {
            to.WriteStartObject("issue");
            to.WriteString("source", issue.Source);
            if (issue.Number is { } number) to.WriteNumber("number", number);
            Strings(to, "taken_out", issue.TakenOut);
            to.WriteEndObject();
        }

        to.WriteString("actor", change.Actor);
        to.WriteString("started_at", change.StartedAt);
        if (change.EndedAt is { } ended) to.WriteString("ended_at", ended);
        to.WriteString("repository", change.Repository);
        to.WriteString("base", change.Base);
        to.WriteString("branch", change.IsGit ? change.Branch : null);
        to.WriteString("commit", change.IsGit ? change.Commit : null);
        to.WriteString("patch_sha256", change.PatchDigest);
        to.WriteString("remote", change.IsGit ? change.Remote : null);
        to.WriteBoolean("pushed", change.IsPushed);
        to.WriteString("pull_request", change.PullRequest);
        to.WriteString("run", change.Run);
        to.WriteString("checkpoint", change.Checkpoint);
        to.WriteString("gate", change.Gate);
        to.WriteStartObject("agent");
        to.WriteString("name", change.Agent);
        to.WriteString("command_digest", change.AgentDigest);
        to.WriteString("sandbox", change.Sandbox.ToString().ToLowerInvariant());
        to.WriteString("sandbox_holds", change.SandboxHolds);
        if (change.Access is { } access) ChangeReceipts.Write(to, access);
        to.WriteEndObject();
        Strings(to, "network_of_gate", change.NetworkOfGate);
        Strings(to, "allowed", change.Allowed.Select(kind => kind.Name()));
        to.WriteStartArray("attempts");
        foreach (var (lane, attempt) in change.Lanes.SelectMany(lane => lane.Attempts.Select(attempt => (lane.Number, attempt)))) Write(to, lane, attempt);
        to.WriteEndArray();
        to.WriteStartArray("lanes");
        foreach (var lane in change.Lanes)
        {
            to.WriteStartObject();
            to.WriteNumber("number", lane.Number);
            to.WriteBoolean("green", lane.IsGreen);
            to.WriteString("stopped", lane.Stopped);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteNumber("chosen_lane", change.Chosen ?? 0);
        if (change.Winner is not null && change.Commit is not null) to.WriteString("markdown", ProposalText.Markdown(change));
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, int lane, Attempt attempt)
    {
        to.WriteStartObject();
        to.WriteNumber("lane", lane);
        to.WriteNumber("number", attempt.Number);
        to.WriteBoolean("green", attempt.IsGreen);
        to.WriteString("why", attempt.Why);
        to.WriteString("tree", attempt.Tree);
        Strings(to, "receipts", attempt.Receipts);
        to.WriteNumber("files", attempt.Files);
        Strings(to, "paths", attempt.Paths);
        to.WriteNumber("added_lines", attempt.AddedLines);
        to.WriteNumber("removed_lines", attempt.RemovedLines);
        to.WriteNumber("patch_bytes", attempt.PatchBytes);
        to.WriteStartObject("agent");
        to.WriteString("end", attempt.Agent.End.ToString().ToLowerInvariant());
        to.WriteNumber("exit_code", attempt.Agent.ExitCode);
        to.WriteNumber("took_ms", (long)attempt.Agent.Took.TotalMilliseconds);
        if (attempt.Agent.Tokens is { } tokens) to.WriteNumber("tokens", tokens);
        if (attempt.Agent.CostUsd is { } cost) to.WriteNumber("cost_usd", cost);
        to.WriteString("said", attempt.Agent.Said);
        Strings(to, "notes", attempt.Agent.Notes);
        to.WriteEndObject();
        to.WriteStartArray("failures");
        foreach (var failure in attempt.Failures) Write(to, failure);
        to.WriteEndArray();
        to.WriteStartArray("findings");
        foreach (var finding in attempt.Findings)
        {
            to.WriteStartObject();
            to.WriteString("kind", finding.Kind.Name());
            to.WriteString("where", finding.Where);
            to.WriteString("what", finding.What);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        Strings(to, "notes", attempt.Notes);
        if (attempt.Clean is { } verdict) Write(to, verdict);
        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, Verdict verdict)
    {
        to.WriteStartObject("verdict");
        to.WriteStartArray("checks");
        foreach (var check in verdict.Checks)
        {
            to.WriteStartObject();
            to.WriteString("id", check.Check);
            to.WriteString("status", check.Status.ToString().ToLowerInvariant());
            to.WriteBoolean("required", check.Required);
            to.WriteString("why", check.Text);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteNumber("passed", verdict.Passed);
        to.WriteNumber("skipped", verdict.Skipped);
        Tests(to, "known", verdict.Known);
        Tests(to, "fixed", verdict.Fixed);
        Tests(to, "flaky", verdict.Flaky);
        Tests(to, "new_tests", verdict.NewTests);
        if (verdict.NewTestsThatFailWithout is { } fail) to.WriteNumber("new_tests_that_fail_without", fail);
        to.WriteNumber("gate_runs", verdict.GateRuns);
        to.WriteEndObject();
    }

    /// <summary>Writes one failure.</summary>
    public static void Write(Utf8JsonWriter to, GateFailure failure)
    {
        to.WriteStartObject();
        to.WriteString("check", failure.Check);
        to.WriteString("test", failure.Test);
        to.WriteString("message", failure.Message);
        Strings(to, "frames", failure.Frames);
        to.WriteString("fingerprint", failure.Fingerprint);
        to.WriteEndObject();
    }

    // The first by name, and how many there are.
    private static void Tests(Utf8JsonWriter to, string name, NamedTests tests)
    {
        Strings(to, name, tests.Names);
        to.WriteNumber(name + "_count", tests.Count);
    }

    private static void Strings(Utf8JsonWriter to, string name, IEnumerable<string> values)
    {
        to.WriteStartArray(name);
        foreach (var value in values) to.WriteStringValue(value);
        to.WriteEndArray();
    }
}
