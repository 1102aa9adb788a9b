using System.Text.Json;
using Pawl.Metrics;

namespace Pawl.Experiments;

/// <summary>
/// What is fixed before an experiment begins and cannot move while it runs: the request with every default written out, the baseline and the sample planned
/// from it, what its metrics are, the rule of the verdict, the flag with its seed, and the policy's clauses. Its hash is in every receipt of the experiment.
/// </summary>
public sealed class Contract
{
    /// <summary>The version of the bucketing by which units are assigned.</summary>
    public const int CurrentHashVersion = 2;

    private readonly Dictionary<string, KnownMetric> _metrics;

    internal Contract(ContractTerms terms)
    {
        Terms = terms;
        _metrics = terms.Metrics.ToDictionary(metric => metric.Name, StringComparer.Ordinal);
        Document = ContractJson.Write(terms);
        Hash = CanonicalJson.Digest(Document);
    }

    /// <summary>What was agreed on.</summary>
    public ContractTerms Terms { get; }

    /// <summary>The request with every default in its place.</summary>
    public ExperimentRequest Request => Terms.Request;

    /// <summary>The contract as JSON.</summary>
    public JsonElement Document { get; }

    /// <summary>SHA-256 of the canonical JSON (RFC 8785), 64 lower-case hex digits.</summary>
    public string Hash { get; }

    /// <summary>The experiment's id: <c>EXP-</c> and the first 8 digits of the hash.</summary>
    public string Id => "EXP-" + Hash[..8];

    /// <summary>The definition of the metric that decides.</summary>
    public KnownMetric Primary => Metric(Request.PrimaryMetric);

    /// <summary>The experiment cannot see its MDE within its longest duration; whoever starts it should know.</summary>
    public bool IsUnderpowered => Terms.Plan.Days > Request.MaxDurationDays;

    /// <summary>The definition of a metric of this contract.</summary>
    public KnownMetric Metric(string name) => _metrics[name];

    /// <summary>Draws up a contract.</summary>
    /// <param name="request">The request.</param>
    /// <param name="metrics">The metrics that have a definition.</param>
    /// <param name="policy">The policy's judgement of the request; it allows it.</param>
    /// <param name="measured">The baseline measured before the start; null where the request has one.</param>
    /// <exception cref="BadInputException">No number of units shows the MDE.</exception>
    public static Contract Create(ExperimentRequest request, IReadOnlyList<KnownMetric> metrics, PolicyJudgement policy, Baseline? measured = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(policy);
        if (!policy.IsAllowed) throw new ArgumentException("The policy does not allow this experiment.", nameof(policy));
        var baseline = Checked(request.Baseline ?? measured ?? throw new ArgumentException("The request has no baseline, so a measured one is needed.", nameof(measured)), request);
        var names = new[] { request.PrimaryMetric }.Concat(request.Metrics).Concat(request.Guardrails.Select(guardrail => guardrail.Metric)).ToHashSet(StringComparer.Ordinal);
        KnownMetric[] used = [.. metrics.Where(metric => names.Contains(metric.Name)).OrderBy(metric => metric.Name, StringComparer.Ordinal)];
        var flag = FlagKeyOf(request);
        return new Contract(new ContractTerms
        {
            Request = request,
            Baseline = baseline,
            Metrics = used,
            Plan = PlannedSample.Of(request, used.First(metric => metric.Name == request.PrimaryMetric), baseline),
            Rule = VerdictRule.Version,
            FlagKey = flag,
            // Another request under the same key assigns units anew: what one experiment did to its units does not carry over.
            Seed = $"{flag}:{CanonicalJson.Digest(ContractJson.Write(request))[..8]}",
            HashVersion = CurrentHashVersion,
            PolicyId = policy.PolicyId,
            Clauses = policy.Clauses,
            Approval = policy.DemandsApproval ? PromotedBy.Human : request.Approval,
        });
    }

    /// <summary>Whether estimate and bound of a guardrail are the share of a quantile's values above its limit, and not the quantile itself.</summary>
    public bool IsShare(LookGuardrail guardrail)
    {
        ArgumentNullException.ThrowIfNull(guardrail);
        return Terms.Metrics.Any(metric => metric.Name == guardrail.Metric && metric.Kind == MetricKind.Quantile)
            && Request.Guardrails.OfType<Guardrail.Limit>().Any(limit => limit.Metric == guardrail.Metric && !limit.IsStrict && limit.Threshold == guardrail.Threshold);
    }

    /// <summary>The flag that a request is about.</summary>
    internal static string FlagKeyOf(ExperimentRequest request) => $"{request.Domain}.{request.Slug}";

    /// <summary>Reads a contract as <see cref="Document"/> has it.</summary>
    /// <exception cref="BadInputException">It is none; the message has the path to what is wrong.</exception>
    public static Contract Read(ReadOnlyMemory<byte> utf8) => ContractJson.Read(utf8);

    private static Baseline Checked(Baseline baseline, ExperimentRequest request) =>
        double.IsFinite(baseline.Mean) && baseline.Variance is > 0 and < double.PositiveInfinity && baseline.UnitsPerDay is > 0 and < double.PositiveInfinity
            ? baseline
            : throw new BadInputException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{request.PrimaryMetric} cannot be planned with: before the start its mean is {baseline.Mean}, its variance {baseline.Variance}, and {baseline.UnitsPerDay} units come a day. Give a baseline in the request."));
}

/// <summary>What a contract holds.</summary>
public sealed record ContractTerms
{
    /// <summary>The request with every default in its place.</summary>
    public required ExperimentRequest Request { get; init; }

    /// <summary>What the plan rests on.</summary>
    public required Baseline Baseline { get; init; }

    /// <summary>What the metrics of the request are, by name.</summary>
    public required IReadOnlyList<KnownMetric> Metrics { get; init; }

    /// <summary>The planned sample.</summary>
    public required PlannedSample Plan { get; init; }

    /// <summary>The version of the rule of the verdict.</summary>
    public required string Rule { get; init; }

    /// <summary>The flag that serves the arms: <c>{domain}.{slug}</c>.</summary>
    public required string FlagKey { get; init; }

    /// <summary>What the hash of a unit is seeded with.</summary>
    public required string Seed { get; init; }

    /// <summary>The version of that hash.</summary>
    public required int HashVersion { get; init; }

    /// <summary>The policy under which it was agreed on.</summary>
    public required string PolicyId { get; init; }

    /// <summary>The policy's clauses that apply.</summary>
    public required IReadOnlyList<string> Clauses { get; init; }

    /// <summary>Who decides on promotion: a person if the request or the policy says so.</summary>
    public required PromotedBy Approval { get; init; }
}
