using System.Text;
using System.Text.Json;
using Pawl.Ledger;
using Pawl.Statistics;

namespace Pawl.Experiments.Dashboard;

/// <summary>The data of a dashboard: canonical JSON (RFC 8785), with every number and text of the page in it.</summary>
internal static class DashboardJson
{
    public const string Version = "pawl.dashboard.v1";

    public static string Write(DashboardData data)
    {
        var experiment = data.Experiment;
        var document = Json.Object(to =>
        {
            to.WriteString("snapshot", Version);
            to.WriteStartObject("experiment");
            WriteProgress(to, experiment);
            to.WritePropertyName("verdict");
            if (data.Verdict is { } verdict) VerdictJson.Write(to, verdict);
            else to.WriteNullValue();
            to.WriteEndObject();
            to.WriteString("contract_hash", data.Contract.Hash);
            Json.WriteMember(to, "contract", data.Contract.Document);
            to.WriteNumber("interval_level", data.IntervalLevel);
            to.WriteNumber("split_alpha", SampleRatioTest.Alpha);
            to.WriteNumber("crossover_max", VerdictRule.CrossoverMax);
            to.WriteNumber("units", data.Units);
            to.WriteNumber("looks_quiet", data.Quiet.Count);
            to.WriteNumber("looks_made", data.Looks.Count);
            to.WriteNumber("looks_with_receipt", data.OfLooks.Count);
            LookParts.WriteList(to, "units_by_look", data.Looks, look => to.WriteNumberValue(DashboardData.UnitsOf(look)));
            LookParts.WriteList(to, "ramp", data.Ramp, step => WriteStep(to, step));
            LookParts.WriteList(to, "arms", data.Arms, arm => WriteArm(to, arm));
            LookParts.WriteList(to, "looks", data.Looks, look => LookReportJson.Write(to, look));
            LookParts.WriteList(to, "receipts", data.Receipts, receipt => WriteReceipt(to, receipt));
        });
        return Encoding.UTF8.GetString(CanonicalJson.Serialize(document));
    }

    private static void WriteProgress(Utf8JsonWriter to, Experiment experiment)
    {
        to.WriteString("id", experiment.Id);
        to.WriteString("state", experiment.State);
        to.WriteString("registered_by", experiment.RegisteredBy);
        to.WriteString("run_id", experiment.RunId);
        WriteTime(to, "registered_at", experiment.RegisteredAt);
        WriteTime(to, "started_at", experiment.StartedAt);
        WriteTime(to, "allocated_at", experiment.AllocatedAt);
        WriteTime(to, "unmeasured_since", experiment.UnmeasuredSince);
        WriteTime(to, "stopped_at", experiment.StoppedAt);
        WriteTime(to, "ended_at", experiment.EndedAt);
        to.WriteNumber("ramp_step", experiment.RampStep);
        to.WriteNumber("looks", experiment.Looks);
        if (experiment.Approval is not { } approval)
        {
            to.WriteNull("approval");
            return;
        }

        to.WriteStartObject("approval");
        to.WriteString("arm", approval.Arm);
        WriteTime(to, "at", approval.At);
        to.WriteString("approved_by", approval.ApprovedBy);
        to.WriteEndObject();
    }

    private static void WriteStep(Utf8JsonWriter to, RampShown step)
    {
        to.WriteStartObject();
        to.WriteNumber("percent", step.Percent);
        to.WriteString("state", step.State);
        WriteTime(to, "first_look_at", step.FirstLook);
        to.WriteNumber("looks", step.Looks);
        to.WriteEndObject();
    }

    private static void WriteArm(Utf8JsonWriter to, ArmShown arm)
    {
        to.WriteStartObject();
        to.WriteString("name", arm.Arm.Name);
        to.WriteNumber("percent", arm.Arm.Percent);
        to.WriteNumber("planned", arm.Planned);
        LookParts.Write(to, "exposed", arm.Seen?.Exposed);
        LookParts.Write(to, "share", arm.Share);
        LookParts.Write(to, "crossovers", arm.Seen?.Crossovers);
        LookParts.Write(to, "units", arm.Seen?.Units);
        to.WriteEndObject();
    }

    private static void WriteReceipt(Utf8JsonWriter to, Receipt receipt)
    {
        to.WriteStartObject();
        to.WriteNumber("seq", receipt.Seq);
        to.WriteString("kind", ReceiptEntry.Word(receipt.Kind));
        to.WriteString("tool", receipt.Tool);
        to.WriteBoolean("ok", receipt.Ok);
        to.WriteString("ref", receipt.Ref);
        to.WriteString("key", receipt.Key);
        to.WriteString("args_digest", receipt.ArgsDigest);
        to.WriteString("actor", receipt.Actor);
        WriteTime(to, "at", receipt.At);
        to.WriteString("subject", receipt.Subject);
        to.WriteString("contract", receipt.Contract);
        to.WriteString("message", receipt.Message);
        to.WriteString("data", receipt.Data);
        to.WriteString("data_digest", receipt.DataDigest);
        to.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter to, string member, DateTimeOffset? at) => to.WriteString(member, at is { } time ? LookParts.Spelled(time) : null);
}
