using System.Text.Json;
using Pawl.Statistics;

namespace Pawl.Experiments;

/// <summary>The JSON form of a look: every member is always there, so that the same look has the same bytes, and a number keeps each of its bits.</summary>
public static class LookReportJson
{
    public static (string Name, Reason Value)[] Reasons { get; } = Names<Reason>();

    public static (string Name, GuardrailStanding Value)[] Standings { get; } = Names<GuardrailStanding>();

    public static void Write(Utf8JsonWriter to, LookReport look)
    {
        to.WriteStartObject();
        to.WriteNumber("number", look.Number);
        to.WriteString("at", LookParts.Spelled(look.At));
        to.WriteString("watermark", LookParts.Spelled(look.Watermark));
        LookParts.Write(to, "elapsed_hours", look.ElapsedHours);
        to.WriteBoolean("may_decide", look.MayDecide);
        to.WriteNumber("ramp_step", look.RampStep);
        LookParts.Write(to, "coverage", look.Coverage);
        LookParts.WriteList(to, "arms", look.Arms, arm => WriteArm(to, arm));
        LookParts.Write(to, "split_p", look.SplitP);
        LookParts.WriteList(to, "metrics", look.Metrics, metric => WriteMetric(to, metric));
        LookParts.WriteList(to, "guardrails", look.Guardrails, guardrail => WriteGuardrail(to, guardrail));
        RequestWriter.WriteTexts(to, "faults", look.Faults);
        RequestWriter.WriteTexts(to, "restated", look.Restated);
        LookParts.WriteList(to, "questions", look.Questions, question => WriteQuestion(to, question));
        to.WritePropertyName("verdict");
        VerdictJson.Write(to, look.Verdict);
        to.WriteEndObject();
    }

    /// <summary>Reads a look as <see cref="Write"/> has it.</summary>
    /// <exception cref="BadInputException">It is none; the message has the path to what is wrong.</exception>
    public static LookReport Read(JsonElement value)
    {
        try
        {
            return ReadPart(value);
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"The look cannot be used: {e.Message}", e);
        }
    }

    private static LookReport ReadPart(JsonElement value)
    {
        var parts = LookParts.Of(value, "a look", "number", "at", "watermark", "elapsed_hours", "may_decide", "ramp_step", "coverage", "arms", "split_p", "metrics", "guardrails", "faults", "restated", "questions", "verdict");
        return new LookReport
        {
            Number = parts.Read("number", LookParts.Whole),
            At = parts.Read("at", LookParts.Instant),
            Watermark = parts.Read("watermark", LookParts.Instant),
            ElapsedHours = parts.Read("elapsed_hours", LookParts.Number),
            MayDecide = parts.Read("may_decide", JsonShape.Flag),
            RampStep = parts.Read("ramp_step", LookParts.Whole),
            Coverage = parts.Read("coverage", LookParts.Number),
            Arms = parts.Read("arms", list => JsonShape.List(list, Arm)),
            SplitP = parts.Read("split_p", LookParts.NumberOrNull),
            Metrics = parts.Read("metrics", list => JsonShape.List(list, Metric)),
            Guardrails = parts.Read("guardrails", list => JsonShape.List(list, Guardrail)),
            Faults = parts.Read("faults", list => JsonShape.List(list, JsonShape.Text)),
            Restated = parts.Read("restated", list => JsonShape.List(list, JsonShape.Text)),
            Questions = parts.Read("questions", list => JsonShape.List(list, Question)),
            Verdict = parts.Read("verdict", VerdictJson.ReadPart),
        };
    }

    private static void WriteArm(Utf8JsonWriter to, LookArm arm)
    {
        to.WriteStartObject();
        to.WriteString("name", arm.Name);
        to.WriteNumber("exposed", arm.Exposed);
        to.WriteNumber("crossovers", arm.Crossovers);
        to.WriteNumber("units", arm.Units);
        to.WriteEndObject();
    }

    private static LookArm Arm(JsonElement value)
    {
        var parts = LookParts.Of(value, "an arm of a look", "name", "exposed", "crossovers", "units");
        return new LookArm(parts.Read("name", JsonShape.Text), parts.Read("exposed", LookParts.Count), parts.Read("crossovers", LookParts.Count), parts.Read("units", LookParts.Count));
    }

    private static void WriteMetric(Utf8JsonWriter to, LookMetric metric)
    {
        to.WriteStartObject();
        to.WriteString("name", metric.Name);
        to.WriteBoolean("is_primary", metric.IsPrimary);
        LookParts.WriteList(to, "values", metric.Values, number => LookParts.WriteValue(to, number));
        LookParts.WriteList(to, "effects", metric.Effects, effect => WriteEffect(to, effect));
        to.WriteEndObject();
    }

    private static LookMetric Metric(JsonElement value)
    {
        var parts = LookParts.Of(value, "a metric of a look", "name", "is_primary", "values", "effects");
        return new LookMetric
        {
            Name = parts.Read("name", JsonShape.Text),
            IsPrimary = parts.Read("is_primary", JsonShape.Flag),
            Values = parts.Read("values", list => JsonShape.List(list, LookParts.NumberOrNull)),
            Effects = parts.Read("effects", list => JsonShape.List(list, Effect)),
        };
    }

    private static void WriteEffect(Utf8JsonWriter to, LookEffect effect)
    {
        to.WriteStartObject();
        to.WriteString("arm", effect.Arm);
        to.WriteString("difference", RequestNames.Of(RequestNames.Differences, effect.Difference));
        LookParts.Write(to, "estimate", effect.Estimate);
        LookParts.Write(to, "lower", effect.Lower);
        LookParts.Write(to, "upper", effect.Upper);
        LookParts.Write(to, "p", effect.P);
        WriteReason(to, effect.Reason);
        to.WriteEndObject();
    }

    private static LookEffect Effect(JsonElement value)
    {
        var parts = LookParts.Of(value, "an effect", "arm", "difference", "estimate", "lower", "upper", "p", "reason");
        return new LookEffect
        {
            Arm = parts.Read("arm", JsonShape.Text),
            Difference = parts.Read("difference", name => RequestShape.OneOf(name, RequestNames.Differences)),
            Estimate = parts.Read("estimate", LookParts.NumberOrNull),
            Lower = parts.Read("lower", LookParts.NumberOrNull),
            Upper = parts.Read("upper", LookParts.NumberOrNull),
            P = parts.Read("p", LookParts.NumberOrNull),
            Reason = parts.Read("reason", ReasonOrNull),
        };
    }

    private static void WriteGuardrail(Utf8JsonWriter to, LookGuardrail guardrail)
    {
        to.WriteStartObject();
        to.WriteString("metric", guardrail.Metric);
        to.WriteString("arm", guardrail.Arm);
        to.WriteString("demand", guardrail.Demand);
        LookParts.Write(to, "threshold", guardrail.Threshold);
        to.WriteString("standing", RequestNames.Of(Standings, guardrail.Standing));
        LookParts.Write(to, "estimate", guardrail.Estimate);
        LookParts.Write(to, "bound", guardrail.Bound);
        WriteReason(to, guardrail.Reason);
        to.WriteEndObject();
    }

    private static LookGuardrail Guardrail(JsonElement value)
    {
        var parts = LookParts.Of(value, "a guardrail of a look", "metric", "arm", "demand", "threshold", "standing", "estimate", "bound", "reason");
        return new LookGuardrail
        {
            Metric = parts.Read("metric", JsonShape.Text),
            Arm = parts.Read("arm", JsonShape.Text),
            Demand = parts.Read("demand", JsonShape.Text),
            Threshold = parts.Read("threshold", LookParts.Number),
            Standing = parts.Read("standing", name => RequestShape.OneOf(name, Standings)),
            Estimate = parts.Read("estimate", LookParts.NumberOrNull),
            Bound = parts.Read("bound", LookParts.NumberOrNull),
            Reason = parts.Read("reason", ReasonOrNull),
        };
    }

    private static void WriteQuestion(Utf8JsonWriter to, LookQuestion question)
    {
        to.WriteStartObject();
        to.WriteString("metric", question.Metric);
        to.WriteString("source", question.Source);
        to.WriteString("statement", question.Statement);
        to.WriteStartObject("parameters");
        foreach (var (name, value) in question.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal)) to.WriteString(name, value);
        to.WriteEndObject();
        to.WriteString("asked_at", LookParts.Spelled(question.AskedAt));
        LookParts.Write(to, "took_ms", question.TookMs);
        to.WriteEndObject();
    }

    private static LookQuestion Question(JsonElement value)
    {
        var parts = LookParts.Of(value, "a question", "metric", "source", "statement", "parameters", "asked_at", "took_ms");
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        parts.Read("parameters", all =>
        {
            JsonShape.Members(all, (name, parameter) => parameters[name] = JsonShape.Text(parameter));
            return true;
        });
        return new LookQuestion(parts.Read("metric", JsonShape.Text), parts.Read("source", JsonShape.Text), parts.Read("statement", JsonShape.Text), parameters, parts.Read("asked_at", LookParts.Instant), parts.Read("took_ms", LookParts.Number));
    }

    private static void WriteReason(Utf8JsonWriter to, Reason? reason) => to.WriteString("reason", reason is { } why ? RequestNames.Of(Reasons, why) : null);

    private static Reason? ReasonOrNull(JsonElement value) => LookParts.OrNull(value, name => RequestShape.OneOf(name, Reasons));

    // The words of an enum as the JSON of this product spells names.
    private static (string Name, T Value)[] Names<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(value => (JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()), value))];
}
