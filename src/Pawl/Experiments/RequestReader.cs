using System.Text.Json;
using Pawl.Metrics;

namespace Pawl.Experiments;

/// <summary>
/// Reads requests, in YAML or JSON, at most <see cref="Limits.ExperimentRequestBytes"/>. Strict: a member that a request does not have is refused, and each
/// refusal names the path to what is wrong.
/// </summary>
public static class RequestReader
{
    /// <summary>Reads one request.</summary>
    /// <param name="utf8">The document.</param>
    /// <param name="metrics">The metrics that have a definition.</param>
    /// <param name="wasAsked">Whether the missing fields were asked for before: a second incomplete request is refused.</param>
    /// <exception cref="BadInputException">It is no request; the message has the path to what is wrong.</exception>
    public static RequestReading Read(ReadOnlyMemory<byte> utf8, IReadOnlyList<KnownMetric> metrics, bool wasAsked = false)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        try
        {
            if (utf8.Length > Limits.ExperimentRequestBytes) throw new JsonShapeException($"{utf8.Length} bytes are more than the {Limits.ExperimentRequestBytes} allowed");
            var reading = Read(Yaml.Read(utf8), metrics);
            return reading is RequestReading.NeedsInput { Missing: var missing } && wasAsked
                ? throw new JsonShapeException($"still missing after it was asked for: {string.Join("; ", missing.Select(m => $"{m.Field} ({m.Example})"))}")
                : reading;
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"The experiment request cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Reads a request that is JSON already.</summary>
    internal static RequestReading Read(JsonElement document, IReadOnlyList<KnownMetric> metrics)
    {
        var draft = new RequestDraft(metrics);
        RequestShape.Given(document, draft.Take);
        return draft.Missing() is { Count: > 0 } missing ? new RequestReading.NeedsInput(missing) : new RequestReading.Complete(draft.Completed());
    }
}

/// <summary>A request while it is read: what was given so far, each value checked by itself.</summary>
internal sealed class RequestDraft(IReadOnlyList<KnownMetric> known)
{
    private const string MembersThere = "domain, slug, treatment_spec, hypothesis, primary_metric, metrics, guardrails, mde, mde_kind, max_duration_days, max_concurrent, population, exposure_rules, "
        + "split, analysis, baseline, baseline_days, window_days, ramp, approval, promote_when, unit, guardrail_hours, verdict_hours, ramp_hours, unmeasurable_hours, approval_days, lag_hours";

    private static readonly string[] ShownWhereDefined = ["latency_p95", "defect_rate"];

    private ExperimentRequest _request = new() { Domain = "", Slug = "", Arms = [], PrimaryMetric = "", Metrics = [], Mde = 0, MaxDurationDays = 0 };
    private JsonElement _split;
    private JsonElement _baseline;
    private Schedule _schedule = new();

    public List<MissingField> Missing()
    {
        (bool IsMissing, MissingField Field)[] fields =
        [
            (_request.Domain.Length == 0, MissingField.Domain), (_request.Arms.Count == 0, MissingField.Treatments), (_request.PrimaryMetric.Length == 0, MissingField.Primary),
            (_request.Mde == 0, MissingField.Mde), (_request.MaxDurationDays == 0, MissingField.MaxDuration),
            (_baseline.ValueKind == JsonValueKind.Undefined && _request.BaselineDays is null, MissingField.Baseline),
        ];
        return [.. fields.Where(f => f.IsMissing).Select(f => f.Field)];
    }

    public void Take(string name, JsonElement value) => _request = name switch
    {
        "domain" => _request with { Domain = RequestShape.OneOf(value, [.. ExperimentRequest.Domains.Select(domain => (domain, domain))]) },
        "slug" => _request with { Slug = Experiments.Slug.Read(value) },
        "treatment_spec" => _request with { Arms = RequestParts.Arms(value) },
        "hypothesis" => _request with { Hypothesis = RequestShape.Line(value, Limits.HypothesisCharacters) },
        "primary_metric" => _request with { PrimaryMetric = Metric(value) },
        "metrics" => _request with { Metrics = Metrics(value) },
        "guardrails" => _request with { Guardrails = RequestParts.Guardrails(value, Metric) },
        "mde" => _request with { Mde = RequestShape.Positive(value) },
        "mde_kind" => _request with { MdeKind = RequestShape.OneOf(value, RequestNames.Differences) },
        "max_duration_days" => _request with { MaxDurationDays = RequestShape.Days(value) },
        "max_concurrent" => _request with { MaxConcurrent = RequestShape.Whole(value, 1, 10_000) },
        "population" => _request with { Population = JsonShape.Name(value) },
        "exposure_rules" => _request with { ExposureRules = RequestParts.ExposureRules(value) },
        "analysis" => _request with { Analysis = RequestParts.Analysis(value) },
        "baseline_days" => _request with { BaselineDays = RequestShape.Days(value) },
        "window_days" => _request with { WindowDays = RequestShape.Days(value) },
        "ramp" => _request with { Ramp = RequestParts.Ramp(value) },
        "approval" => _request with { Approval = RequestParts.Approval(value) },
        "promote_when" => _request with { PromoteWhen = RequestShape.OneOf(value, RequestNames.Promotions) },
        "unit" => _request with { Unit = JsonShape.Name(value) },
        _ => TakeLater(name, value),
    };

    // What stands for itself only together with others, and the schedule.
    private ExperimentRequest TakeLater(string name, JsonElement value)
    {
        switch (name)
        {
            case "split": _split = value; break;
            case "baseline": _baseline = value; break;
            case "guardrail_hours": _schedule = _schedule with { GuardrailHours = RequestShape.Hours(value) }; break;
            case "verdict_hours": _schedule = _schedule with { VerdictHours = RequestShape.Hours(value) }; break;
            case "ramp_hours": _schedule = _schedule with { RampHours = RequestShape.Hours(value) }; break;
            case "unmeasurable_hours": _schedule = _schedule with { UnmeasurableHours = RequestShape.Hours(value) }; break;
            case "approval_days": _schedule = _schedule with { ApprovalDays = RequestShape.Days(value) }; break;
            case "lag_hours": _schedule = _schedule with { LagHours = RequestShape.Between(value, 0, Limits.ExperimentDays * 24, "a number of hours from 0") }; break;
            default: throw RequestShape.Unknown("an experiment request", MembersThere);
        }

        return _request;
    }

    public ExperimentRequest Completed()
    {
        var primary = known.First(metric => metric.Name == _request.PrimaryMetric);
        if (primary.Kind == MetricKind.Value) throw new JsonShapeException($"{primary.Name} comes as a value without units, which cannot be tested: it may guard, and not decide").Inside("primary_metric");
        JsonShape.Within("split", () => _request = _request with { Arms = RequestParts.Split(_split, _request.Arms) });
        if (_baseline.ValueKind != JsonValueKind.Undefined)
        {
            if (_request.BaselineDays is not null) throw new JsonShapeException("baseline is given, so there is nothing to measure over baseline_days: leave one of them out");
            JsonShape.Within("baseline", () => _request = _request with { Baseline = RequestParts.Baseline(_baseline, primary.Kind) });
        }

        _request = _request with
        {
            Schedule = _schedule,
            Guardrails = [.. _request.Guardrails.Index().Select(guardrail => Judged(guardrail.Item, guardrail.Index))],
            Slug = _request.Slug.Length > 0 ? _request.Slug : Experiments.Slug.Of(_request.Hypothesis, _request.PrimaryMetric),
            Metrics = [.. new[] { _request.PrimaryMetric }.Concat(_request.Metrics.Count > 0 ? _request.Metrics : ShownWhereDefined.Where(IsKnown)).Distinct(StringComparer.Ordinal)],
        };
        RequestParts.ExpectTimeForAll(_request);
        return _request;
    }

    // A value without units has no variance: it is compared with a limit as it is, and with nothing else.
    private Guardrail Judged(Guardrail guardrail, int index)
    {
        if (known.First(metric => metric.Name == guardrail.Metric).Kind != MetricKind.Value) return guardrail;
        return guardrail is Guardrail.Limit limit
            ? limit with { IsStrict = true }
            : throw new JsonShapeException($"{guardrail.Metric} comes as a value without units, so that harm against the control cannot be tested; give it a threshold").Inside(index).Inside("guardrails");
    }

    private bool IsKnown(string name) => known.Any(metric => metric.Name == name);

    private string Metric(JsonElement value)
    {
        var name = JsonShape.Name(value);
        return IsKnown(name) ? name : throw new JsonShapeException(
            $"the metric \"{ShortText.Start(name, 60)}\" has no definition; {(known.Count == 0 ? "none has one" : "there are " + ShortText.Start(string.Join(", ", known.Select(m => m.Name)), 300))}. Define it under metrics: in pawl.yaml");
    }

    private List<string> Metrics(JsonElement value)
    {
        var names = JsonShape.List(value, Metric);
        if (names.Count is 0 or > Limits.ExperimentMetrics) throw new JsonShapeException($"expected 1 to {Limits.ExperimentMetrics} metrics, found {names.Count}");
        return names.Distinct(StringComparer.Ordinal).Count() == names.Count ? names : throw new JsonShapeException("a metric stands twice");
    }
}
