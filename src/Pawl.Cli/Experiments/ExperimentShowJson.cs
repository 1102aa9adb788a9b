using System.Text.Json;
using Pawl.Cli.Ledger;
using Pawl.Experiments;
using Pawl.Ledger;

namespace Pawl.Cli.Experiments;

/// <summary>What machines read of an experiment.</summary>
internal static class ExperimentShowJson
{
    /// <summary>Writes its members into an object that is open.</summary>
    public static void Members(Utf8JsonWriter to, Experiment experiment)
    {
        to.WriteString("id", experiment.Id);
        to.WriteString("state", experiment.State);
        to.WriteString("flag", experiment.Contract.Terms.FlagKey);
        to.WriteString("contract", experiment.Contract.Hash);
        to.WriteString("run_id", experiment.RunId);
        Instant(to, "registered_at", experiment.RegisteredAt);
        to.WriteString("registered_by", experiment.RegisteredBy);
        Instant(to, "started_at", experiment.StartedAt);
        Instant(to, "stopped_at", experiment.StoppedAt);
        Instant(to, "ended_at", experiment.EndedAt);
        to.WriteNumber("looks", experiment.Looks);
        to.WriteNumber("coverage", experiment.Contract.Request.Ramp[experiment.RampStep]);
        to.WriteString("awaiting_approval", experiment is { Verdict: null, Approval: { ApprovedBy: null } waiting } ? waiting.Arm : null);
        to.WriteString("ticket", experiment.Ticket);
        to.WriteString("snapshot", experiment.Snapshot);
        to.WritePropertyName("verdict");
        if (experiment.Verdict is { } verdict) VerdictJson.Write(to, verdict);
        else to.WriteNullValue();
    }

    public static void Receipts(Utf8JsonWriter to, IReadOnlyList<Receipt> receipts)
    {
        to.WriteStartArray("receipts");
        foreach (var receipt in receipts) LedgerContext.Write(to, receipt);
        to.WriteEndArray();
    }

    public static void Look(Utf8JsonWriter to, string name, LookReport? look)
    {
        to.WritePropertyName(name);
        if (look is null) to.WriteNullValue();
        else LookReportJson.Write(to, look);
    }

    private static void Instant(Utf8JsonWriter to, string name, DateTimeOffset? at)
    {
        if (at is { } instant) to.WriteString(name, instant);
        else to.WriteNull(name);
    }
}
