using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>How far an experiment has come, as JSON: what the store keeps beside the contract.</summary>
internal static class ExperimentJson
{
    public static string Progress(Experiment experiment) => Encoding.UTF8.GetString(CanonicalJson.Serialize(Json.Object(to =>
    {
        Write(to, "registered_at", experiment.RegisteredAt);
        to.WriteString("registered_by", experiment.RegisteredBy);
        to.WriteString("run_id", experiment.RunId);
        Write(to, "started_at", experiment.StartedAt);
        Write(to, "stopped_at", experiment.StoppedAt);
        Write(to, "allocated_at", experiment.AllocatedAt);
        Write(to, "flag_version", experiment.FlagVersion);
        to.WriteNumber("ramp_step", experiment.RampStep);
        Write(to, "widen_to", experiment.WidenTo);
        to.WriteNumber("ready_looks", experiment.ReadyLooks);
        to.WriteNumber("looks", experiment.Looks);
        Write(to, "last_look_at", experiment.LastLookAt);
        Write(to, "last_verdict_look_at", experiment.LastVerdictLookAt);
        Write(to, "unmeasured_since", experiment.UnmeasuredSince);
        WriteApproval(to, experiment.Approval);
        WriteInformation(to, experiment.Information);
        RequestWriter.WriteTexts(to, "beyond", experiment.Beyond);
        if (experiment.Verdict is { } verdict)
        {
            to.WritePropertyName("verdict");
            VerdictJson.Write(to, verdict);
        }

        Write(to, "ending_version", experiment.EndingVersion);
        Write(to, "settled_version", experiment.SettledVersion);
        to.WriteString("ticket", experiment.Ticket);
        to.WriteString("snapshot", experiment.Snapshot);
        Write(to, "ended_at", experiment.EndedAt);
    })));

    /// <summary>A look as the store keeps it; its receipt has the digest of this text.</summary>
    public static string Look(LookReport look)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer)) LookReportJson.Write(to, look);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Reads what <see cref="Progress"/> wrote.</summary>
    /// <exception cref="BadInputException">It is something else.</exception>
    public static Experiment Read(Contract contract, long version, string progress)
    {
        try
        {
            return Read(contract, version, Json.Parse(Encoding.UTF8.GetBytes(progress)));
        }
        catch (Exception e) when (e is JsonShapeException or JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BadInputException($"The progress of {contract.Id} cannot be read: {e.Message}", e);
        }
    }

    private static Experiment Read(Contract contract, long version, JsonElement json) => new()
    {
        Contract = contract,
        Version = version,
        RegisteredAt = Instant(json, "registered_at") ?? throw new JsonShapeException("registered_at is missing"),
        RegisteredBy = JsonShape.Text(json.GetProperty("registered_by")),
        RunId = json.GetProperty("run_id").GetString(),
        StartedAt = Instant(json, "started_at"),
        StoppedAt = Instant(json, "stopped_at"),
        AllocatedAt = Instant(json, "allocated_at"),
        FlagVersion = json.TryGetProperty("flag_version", out _) ? Number(json, "flag_version") : null, // progress of an earlier release has none
        RampStep = json.GetProperty("ramp_step").GetInt32(),
        WidenTo = (int?)Number(json, "widen_to"),
        ReadyLooks = json.GetProperty("ready_looks").GetInt32(),
        Looks = json.GetProperty("looks").GetInt32(),
        LastLookAt = Instant(json, "last_look_at"),
        LastVerdictLookAt = Instant(json, "last_verdict_look_at"),
        UnmeasuredSince = Instant(json, "unmeasured_since"),
        Approval = Approval(json),
        Information = json.GetProperty("information").EnumerateObject()
            .ToDictionary(arm => arm.Name, arm => (IReadOnlyList<double>)[.. arm.Value.EnumerateArray().Select(look => look.GetDouble())], StringComparer.Ordinal),
        Beyond = JsonShape.List(json.GetProperty("beyond"), JsonShape.Text),
        Verdict = json.TryGetProperty("verdict", out var verdict) ? VerdictJson.Read(verdict) : null,
        EndingVersion = Number(json, "ending_version"),
        SettledVersion = Number(json, "settled_version"),
        Ticket = json.GetProperty("ticket").GetString(),
        Snapshot = json.GetProperty("snapshot").GetString(),
        EndedAt = Instant(json, "ended_at"),
    };

    private static ApprovalState? Approval(JsonElement json) => json.TryGetProperty("approval", out var approval)
        ? new ApprovalState(JsonShape.Text(approval.GetProperty("arm")), Instant(approval, "at") ?? throw new JsonShapeException("approval.at is missing"), approval.GetProperty("approved_by").GetString(), Instant(approval, "approved_at"))
        : null;

    private static void WriteApproval(Utf8JsonWriter to, ApprovalState? approval)
    {
        if (approval is null) return;
        to.WriteStartObject("approval");
        to.WriteString("arm", approval.Arm);
        Write(to, "at", approval.At);
        to.WriteString("approved_by", approval.ApprovedBy);
        Write(to, "approved_at", approval.ApprovedAt);
        to.WriteEndObject();
    }

    private static void WriteInformation(Utf8JsonWriter to, IReadOnlyDictionary<string, IReadOnlyList<double>> information)
    {
        to.WriteStartObject("information");
        foreach (var (arm, looks) in information)
        {
            to.WriteStartArray(arm);
            foreach (var look in looks) to.WriteNumberValue(look);
            to.WriteEndArray();
        }

        to.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter to, string name, DateTimeOffset? at)
    {
        if (at is { } instant) to.WriteString(name, instant.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        else to.WriteNull(name);
    }

    private static void Write(Utf8JsonWriter to, string name, long? number)
    {
        if (number is { } value) to.WriteNumber(name, value);
        else to.WriteNull(name);
    }

    private static DateTimeOffset? Instant(JsonElement json, string name) => json.GetProperty(name).GetString() is { } text
        ? DateTimeOffset.ParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal)
        : null;

    private static long? Number(JsonElement json, string name) => json.GetProperty(name) is { ValueKind: JsonValueKind.Number } value ? value.GetInt64() : null;
}
