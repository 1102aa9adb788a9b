using System.Text.Json;

namespace Pawl.Experiments;

/// <summary>The JSON form of a verdict: the same members in every state, null where a state has no such thing.</summary>
public static class VerdictJson
{
    private static readonly (string Name, VerdictCode Value)[] Codes = [.. Enum.GetValues<VerdictCode>().Select(code => (new VerdictReason(code, "").Name, code))];

    public static void Write(Utf8JsonWriter to, Verdict verdict)
    {
        var running = verdict as Verdict.Running;
        to.WriteStartObject();
        to.WriteString("state", verdict.State);
        to.WriteString("arm", (verdict as Verdict.Promote)?.Arm);
        if (running?.WidenTo is { } step) to.WriteNumber("widen_to", step);
        else to.WriteNull("widen_to");
        to.WriteString("awaiting", running?.Awaiting);
        to.WriteStartArray("reasons");
        foreach (var reason in verdict.Reasons)
        {
            to.WriteStartObject();
            to.WriteString("code", reason.Name);
            to.WriteString("text", reason.Text);
            to.WriteString("arm", reason.Arm);
            to.WriteString("metric", reason.Metric);
            to.WriteEndObject();
        }

        to.WriteEndArray();
        to.WriteEndObject();
    }

    /// <summary>Reads a verdict as <see cref="Write"/> has it.</summary>
    /// <exception cref="BadInputException">It is none; the message has the path to what is wrong.</exception>
    public static Verdict Read(JsonElement value)
    {
        try
        {
            return ReadPart(value);
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"The verdict cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Reads a verdict inside of something else, which adds its own part of the path.</summary>
    /// <exception cref="JsonShapeException">It is none.</exception>
    internal static Verdict ReadPart(JsonElement value)
    {
        var parts = LookParts.Of(value, "a verdict", "state", "arm", "widen_to", "awaiting", "reasons");
        var state = parts.Read("state", JsonShape.Text);
        var reasons = parts.Read("reasons", list => JsonShape.List(list, Reason));
        var arm = parts.Read("arm", JsonShape.TextOrNull);
        var step = parts.Read("widen_to", step => LookParts.OrNull(step, LookParts.Whole));
        var awaiting = parts.Read("awaiting", JsonShape.TextOrNull);
        if (arm is not null && state != "promote") throw new JsonShapeException($"a verdict {ShortText.Start(state, 60)} is about no arm").Inside("arm");
        if ((step ?? (object?)awaiting) is not null && state != "running") throw new JsonShapeException($"after a verdict {ShortText.Start(state, 60)} nothing is widened or awaited");
        return state switch
        {
            "running" => new Verdict.Running(reasons, step, awaiting),
            "guardrail_stop" => new Verdict.GuardrailStop(reasons),
            "promote" => new Verdict.Promote(arm ?? throw new JsonShapeException("a promotion is of an arm, and there is none").Inside("arm"), reasons),
            "rollback" => new Verdict.Rollback(reasons),
            "inconclusive" => new Verdict.Inconclusive(reasons),
            _ => throw new JsonShapeException($"there is no \"{ShortText.Start(state, 60)}\"; there are running, guardrail_stop, promote, rollback, inconclusive").Inside("state"),
        };
    }

    private static VerdictReason Reason(JsonElement value)
    {
        var parts = LookParts.Of(value, "a reason", "code", "text", "arm", "metric");
        return new VerdictReason(parts.Read("code", code => RequestShape.OneOf(code, Codes)), parts.Read("text", JsonShape.Text), parts.Read("arm", JsonShape.TextOrNull), parts.Read("metric", JsonShape.TextOrNull));
    }
}
