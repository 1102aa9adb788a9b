using Pawl.Statistics;

namespace Pawl.Experiments.Dashboard;

/// <summary>What was agreed on before the start, and who did it when.</summary>
internal static class ContractSection
{
    public static Html Draw(DashboardData data)
    {
        var (experiment, request, terms) = (data.Experiment, data.Request, data.Contract.Terms);
        var measure = Measure.OfEffect(data.Metric(request.PrimaryMetric), request.MdeKind);
        return Html.Of($"""
            <section><h2>Contract</h2><p class="lead">Fixed before the start; nothing in it moved since. Its hash stands in every receipt.</p>
            <dl class="facts">
            <dt>Hash</dt><dd><code>{data.Contract.Hash}</code></dd>
            <dt>Registered</dt><dd>{Figures.Time(experiment.RegisteredAt)} by <span>{experiment.RegisteredBy}</span></dd>
            <dt>Run</dt><dd>{Run(experiment)}</dd>
            {Approval(experiment)}
            <dt>Decides</dt><dd><span>{request.PrimaryMetric}</span>, {(data.Metric(request.PrimaryMetric)?.Better == Side.Less ? "lower" : "higher")} is better</dd>
            <dt>Method</dt><dd>{Words.Of(request.Analysis.Method)}; α {Figures.Given(request.Analysis.Alpha, Measure.Plain)}, power {Figures.Given(request.Analysis.Power, Measure.Plain)}</dd>
            <dt>MDE</dt><dd>{Figures.Given(request.Mde, measure)}, {measure.Label}</dd>
            <dt>Baseline</dt><dd>mean {Figures.Value(terms.Baseline.Mean, Measure.OfValue(data.Metric(request.PrimaryMetric)))}, variance {Figures.Value(terms.Baseline.Variance, Measure.Plain)}, {Figures.Count(terms.Baseline.UnitsPerDay)} units a day</dd>
            <dt>Plan</dt><dd>{Figures.Count(data.PlannedUnits)} units in {Figures.OfDays(terms.Plan.Days)}, at most {Figures.OfDays(request.MaxDurationDays)}{(data.Contract.IsUnderpowered ? ": the MDE is out of reach in that time" : "")}</dd>
            <dt>Population</dt><dd><span>{request.Population}</span>, by <code>{request.Unit}</code>{(request.ExposureRules.Count > 0 ? ", where " : "")}{Html.Join(request.ExposureRules.Select((rule, i) => Html.Of($"{(i > 0 ? " and " : "")}<code>{rule}</code>")))}</dd>
            <dt>Promotion</dt><dd>{(terms.Approval == PromotedBy.Human ? "a person approves it" : "by the rule")}, once the improvement’s lower bound is above {(request.PromoteWhen == PromoteWhen.SuperiorByMde ? "the MDE" : "zero")}</dd>
            <dt>Rule</dt><dd><code>{terms.Rule}</code></dd>
            <dt>Policy</dt><dd><code>{terms.PolicyId}</code>{(terms.Clauses.Count > 0 ? ": " : "")}{Html.Join(terms.Clauses.Select((clause, i) => Html.Of($"{(i > 0 ? ", " : "")}<code>{clause}</code>")))}</dd>
            </dl></section>
            """);
    }

    private static Html Run(Experiment experiment)
    {
        if (experiment.RunId is not { } run) return Html.Of($"not started");
        var stopped = experiment.StoppedAt is { } stop ? Html.Of($", stopped {Figures.Time(stop)}") : Html.Nothing;
        var ended = experiment.EndedAt is { } end ? Html.Of($", ended {Figures.Time(end)}") : Html.Nothing;
        return Html.Of($"<code>{run}</code>, started {Figures.Time(experiment.StartedAt)}{stopped}{ended}");
    }

    private static Html Approval(Experiment experiment) => experiment.Approval is { } approval
        ? Html.Of($"<dt>Approval</dt><dd><span>{approval.Arm}</span>, asked for {Figures.Time(approval.At)}, {(approval.ApprovedBy is null ? "nobody has approved yet" : "approved by")} <span>{approval.ApprovedBy}</span></dd>")
        : Html.Nothing;
}
