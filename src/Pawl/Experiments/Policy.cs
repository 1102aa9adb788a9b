namespace Pawl.Experiments;

/// <summary>
/// What experiments may do in this place: <c>policy:</c> in <c>pawl.yaml</c>. Each rule is a clause with an id, and whatever is decided on its ground
/// cites it, such as <c>exp_policy.v5#guardrails.pricing</c>. What a policy does not say is allowed.
/// </summary>
public sealed record Policy
{
    /// <summary>Its id, a new one for every change: <c>exp_policy.v5</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Domains in which there may be experiments; null: all. Clause <c>domains</c>.</summary>
    public IReadOnlyList<string>? Domains { get; init; }

    /// <summary>Metrics that a domain's experiments guard. Clauses <c>guardrails.{domain}</c>.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Guardrails { get; init; } = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);

    /// <summary>Experiments that may run at the same time. Clause <c>max_concurrent</c>.</summary>
    public int? MaxConcurrent { get; init; }

    /// <summary>The largest share of all treatments together, in percent. Clause <c>max_split</c>.</summary>
    public double? MaxSplit { get; init; }

    /// <summary>The most by which a step of a ramp widens, in percent of the population; the first from 0. Clause <c>max_ramp_step</c>.</summary>
    public double? MaxRampStep { get; init; }

    /// <summary>The shortest duration in days: of the minimum before a decision. Clause <c>min_days</c>.</summary>
    public double? MinDays { get; init; }

    /// <summary>The longest duration in days. Clause <c>max_days</c>.</summary>
    public double? MaxDays { get; init; }

    /// <summary>Who may promote, by domain. Clauses <c>promote.{domain}</c>.</summary>
    public IReadOnlyDictionary<string, Promoters> Promote { get; init; } = new Dictionary<string, Promoters>(StringComparer.Ordinal);

    /// <summary>When nothing is started, widened or promoted. Clauses <c>blackouts.{name}</c>.</summary>
    public IReadOnlyList<Blackout> Blackouts { get; init; } = [];

    /// <summary>Metrics that may not decide. Clauses <c>not_primary.{metric}</c>.</summary>
    public IReadOnlyList<string> NotPrimary { get; init; } = [];

    /// <summary>A clause as it is cited.</summary>
    public string Cite(string clause) => $"{Id}#{clause}";

    /// <summary>Judges a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="at">When it is to start.</param>
    /// <param name="running">Experiments that are running.</param>
    public PolicyJudgement Judge(ExperimentRequest request, DateTimeOffset at, int running)
    {
        ArgumentNullException.ThrowIfNull(request);
        List<PolicyFinding> findings = [.. OfContent(request), .. OfSize(request), .. OfTime(at)];
        if (MaxConcurrent is { } most) findings.Add(Finding("max_concurrent", running < most, $"{running} experiments are running, at most {most} may at a time"));
        if (Promote.TryGetValue(request.Domain, out var promoters)) findings.Add(Kept($"promote.{request.Domain}", promoters.ToString()));
        return new PolicyJudgement(Id, findings, promoters is not null and not Promoters.ByRule);
    }

    /// <summary>Whether somebody may approve a promotion now.</summary>
    /// <param name="domain">The experiment's domain.</param>
    /// <param name="actor">Who: <c>os:mara</c>. An agent (<c>agent:…</c>) is never a person.</param>
    /// <param name="at">When.</param>
    public PolicyJudgement JudgePromotion(string domain, string actor, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(actor);
        List<PolicyFinding> findings = [.. OfTime(at)];
        var promoters = Promote.GetValueOrDefault(domain);
        if (promoters is not null)
        {
            var may = promoters.May(actor);
            findings.Add(new PolicyFinding(Cite($"promote.{domain}"), may, may ? $"{actor} may promote in {domain}" : $"{actor} may not promote in {domain}: {promoters}"));
        }

        return new PolicyJudgement(Id, findings, promoters is not null and not Promoters.ByRule);
    }

    /// <summary>What forbids to start, widen or promote at a time; none: nothing does.</summary>
    public IReadOnlyList<PolicyFinding> Held(DateTimeOffset at) => [.. OfTime(at)];

    private IEnumerable<PolicyFinding> OfContent(ExperimentRequest request)
    {
        if (Domains is { } domains)
            yield return Finding("domains", domains.Contains(request.Domain, StringComparer.Ordinal), $"the domain is {request.Domain}, and experiments are allowed in {string.Join(", ", domains)}");
        if (Guardrails.TryGetValue(request.Domain, out var demanded))
        {
            string[] lacking = [.. demanded.Where(metric => request.Guardrails.All(guardrail => guardrail.Metric != metric))];
            yield return Finding($"guardrails.{request.Domain}", lacking.Length == 0, lacking.Length == 0
                ? $"experiments in {request.Domain} guard {string.Join(", ", demanded)}"
                : $"experiments in {request.Domain} guard {string.Join(", ", demanded)}, and this one has no guardrail on {string.Join(", ", lacking)}");
        }

        if (NotPrimary.Contains(request.PrimaryMetric, StringComparer.Ordinal))
            yield return Finding($"not_primary.{request.PrimaryMetric}", false, $"{request.PrimaryMetric} may not be the primary metric");
    }

    private IEnumerable<PolicyFinding> OfSize(ExperimentRequest request)
    {
        if (MaxSplit is { } split)
        {
            var treated = request.Treatments.Sum(arm => arm.Percent);
            yield return Finding("max_split", treated <= split + 1e-9, $"the treatments get {RequestShape.Shown(treated)} percent, at most {RequestShape.Shown(split)} is allowed");
        }

        if (MaxRampStep is { } most)
        {
            var widest = request.Ramp.Zip(request.Ramp.Prepend(0)).Max(step => step.First - step.Second);
            yield return Finding("max_ramp_step", widest <= most, $"the widest step of the ramp is {RequestShape.Shown(widest)} percent of the population, at most {RequestShape.Shown(most)} is allowed");
        }

        if (MinDays is { } min)
            yield return Finding("min_days", request.Analysis.MinDays >= min, $"the experiment may be decided after {RequestShape.Shown(request.Analysis.MinDays)} days, at least {RequestShape.Shown(min)} are demanded");
        if (MaxDays is { } max)
            yield return Finding("max_days", request.MaxDurationDays <= max, $"the experiment may run {RequestShape.Shown(request.MaxDurationDays)} days, at most {RequestShape.Shown(max)} are allowed");
    }

    private IEnumerable<PolicyFinding> OfTime(DateTimeOffset at) => Blackouts
        .Where(blackout => at >= blackout.From && at < blackout.To)
        .Select(blackout => Finding($"blackouts.{blackout.Name}", false, $"nothing is started or promoted from {blackout.From:O} to {blackout.To:O}"));

    private PolicyFinding Kept(string clause, string text) => new(Cite(clause), true, text);

    private PolicyFinding Finding(string clause, bool isKept, string text) => new(Cite(clause), isKept, text);
}

/// <summary>Who may promote.</summary>
public abstract record Promoters
{
    private Promoters()
    {
    }

    /// <summary>Whether this actor may.</summary>
    public abstract bool May(string actor);

    /// <summary>The verdict is enough.</summary>
    public sealed record ByRule : Promoters
    {
        /// <inheritdoc/>
        public override bool May(string actor) => true;

        /// <inheritdoc/>
        public override string ToString() => "the rule may";
    }

    /// <summary>Any person.</summary>
    public sealed record AnyPerson : Promoters
    {
        /// <inheritdoc/>
        public override bool May(string actor) => IsPerson(actor);

        /// <inheritdoc/>
        public override string ToString() => "a person may, no agent";
    }

    /// <summary>Certain people.</summary>
    /// <param name="Actors">Who: <c>os:mara</c>.</param>
    public sealed record Named(IReadOnlyList<string> Actors) : Promoters
    {
        /// <inheritdoc/>
        public override bool May(string actor) => IsPerson(actor) && Actors.Contains(actor, StringComparer.Ordinal);

        /// <inheritdoc/>
        public override string ToString() => $"only {string.Join(", ", Actors)} may";
    }

    private static bool IsPerson(string actor) => actor.Length > 0 && !actor.StartsWith("agent:", StringComparison.Ordinal);
}

/// <summary>A time in which nothing is started, widened or promoted. What runs may always be stopped and rolled back.</summary>
/// <param name="Name">Its name.</param>
/// <param name="From">Its beginning.</param>
/// <param name="To">Its end, exclusive.</param>
public sealed record Blackout(string Name, DateTimeOffset From, DateTimeOffset To);

/// <summary>What a clause makes of a request.</summary>
/// <param name="Clause">The clause, as it is cited.</param>
/// <param name="IsKept">Whether the request keeps it.</param>
/// <param name="Text">What was compared.</param>
public sealed record PolicyFinding(string Clause, bool IsKept, string Text);

/// <summary>What a policy makes of a request.</summary>
/// <param name="PolicyId">The policy.</param>
/// <param name="Findings">What each clause that applies makes of it.</param>
/// <param name="DemandsApproval">Whether a person must approve of a promotion.</param>
public sealed record PolicyJudgement(string PolicyId, IReadOnlyList<PolicyFinding> Findings, bool DemandsApproval)
{
    /// <summary>Whether every clause is kept.</summary>
    public bool IsAllowed => Findings.All(finding => finding.IsKept);

    /// <summary>The clauses that apply, as they are cited.</summary>
    public IReadOnlyList<string> Clauses => [.. Findings.Select(finding => finding.Clause)];

    /// <summary>What is not kept.</summary>
    public IEnumerable<PolicyFinding> Violations => Findings.Where(finding => !finding.IsKept);
}
