using System.Globalization;
using System.Text.Json;
using Pawl.Changes.Tampering;

namespace Pawl.Changes;

/// <summary>
/// What a proposal's receipt says of its commit: two in-toto Statements v1, the verdict (https://in-toto.io/attestation/svr/v0.2) and who wrote it. The commit of
/// a plain folder is kept nowhere, so there they speak of what an auditor has or can make again: the patch, and the tree that comes of it. No SLSA level is claimed.
/// </summary>
internal static class ProposalStatement
{
    private const string Statement = "https://in-toto.io/Statement/v1";
    private const string Verdict = "https://in-toto.io/attestation/svr/v0.2";
    private const string Authorship = "urn:pawl:agent-authorship:v1";

    private static readonly FindingKind[] Weakening = [FindingKind.TestRemoved, FindingKind.TestSkipped, FindingKind.TestEmptied, FindingKind.AssertionRemoved, FindingKind.BaseTestsFail, FindingKind.TestConfiguration];

    /// <summary>Writes the members <c>verdict</c> and <c>authorship</c>.</summary>
    /// <param name="to">Where to.</param>
    /// <param name="change">The change.</param>
    /// <param name="baseTree">The tree that it started from.</param>
    /// <param name="at">When the verdict was taken.</param>
    public static void Write(Utf8JsonWriter to, Change change, string baseTree, DateTimeOffset at)
    {
        var attempt = change.Winner!;
        One(to, "verdict", change, Verdict, () =>
        {
            to.WriteStartObject("verifier");
            to.WriteString("id", "urn:pawl:gate:v1");
            to.WriteEndObject();
            to.WriteString("timeCreated", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
            to.WriteStartArray("properties");
            to.WriteStringValue("GATE_PASSED_CLEAN_TREE");
            if (!attempt.Findings.Any(finding => Weakening.Contains(finding.Kind))) to.WriteStringValue("TESTS_NOT_WEAKENED");
            if (attempt.Findings.Count == 0) to.WriteStringValue("NO_FINDINGS");
            to.WriteEndArray();
            to.WriteString("base", change.IsGit ? change.Base : baseTree);
            to.WriteString("gate", change.Gate);
            to.WriteString("gateReceipt", ChangeReceipts.Ref(change, ChangeReceipts.RunGate, Delivery.CleanStep(change)));
            to.WriteStartArray("findings");
            foreach (var finding in attempt.Findings) to.WriteStringValue($"{finding.Kind.Name()}: {finding.Where}: {finding.What}");
            to.WriteEndArray();
        });
        One(to, "authorship", change, Authorship, () =>
        {
            var agents = change.Lanes.SelectMany(lane => lane.Attempts).Select(made => made.Agent).ToList();
            to.WriteString("agent", change.Agent);
            to.WriteString("commandDigest", change.AgentDigest);
            to.WriteString("sandbox", change.Sandbox.ToString().ToLowerInvariant());
            if (change.Access is { } access) ChangeReceipts.Write(to, access);
            to.WriteNumber("attempts", agents.Count);
            to.WriteNumber("tookMs", (long)agents.Sum(agent => agent.Took.TotalMilliseconds));
            if (agents.Exists(agent => agent.Tokens is not null)) to.WriteNumber("tokens", agents.Sum(agent => agent.Tokens ?? 0));
            if (agents.Exists(agent => agent.CostUsd is not null)) to.WriteNumber("costUsd", agents.Sum(agent => agent.CostUsd ?? 0));
        });
    }

    private static void One(Utf8JsonWriter to, string name, Change change, string type, Action predicate)
    {
        to.WriteStartObject(name);
        to.WriteString("_type", Statement);
        to.WriteStartArray("subject");
        if (change.IsGit)
        {
            Subject(to, change.Branch, "gitCommit", change.Commit!);
        }
        else
        {
            Subject(to, Delivery.PatchFile, "sha256", change.PatchDigest!);
            Subject(to, Path.GetFileName(change.Repository), "gitTree", change.Winner!.Tree);
        }

        to.WriteEndArray();
        to.WriteString("predicateType", type);
        to.WriteStartObject("predicate");
        predicate();
        to.WriteEndObject();
        to.WriteEndObject();
    }

    // The names of digests are those of in-toto's digest set.
    private static void Subject(Utf8JsonWriter to, string name, string algorithm, string digest)
    {
        to.WriteStartObject();
        to.WriteString("name", name);
        to.WriteStartObject("digest");
        to.WriteString(algorithm, digest);
        to.WriteEndObject();
        to.WriteEndObject();
    }
}
