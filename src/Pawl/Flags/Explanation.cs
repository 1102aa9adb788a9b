namespace Pawl.Flags;

/// <summary>Why a flag has its value for one context.</summary>
/// <param name="Flag">The flag's key.</param>
/// <param name="Result">What it evaluates to.</param>
/// <param name="Rules">The rules that were looked at, in their order; those after the one that applied were not.</param>
/// <param name="Reason">The outcome in one sentence.</param>
public sealed record FlagExplanation(string Flag, FlagResult Result, IReadOnlyList<RuleExplanation> Rules, string Reason);

/// <summary>What became of one rule.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Id">Its id; empty where it has none.</param>
/// <param name="Applied">Whether it gave the flag its value.</param>
/// <param name="Bucket">The hash of the unit, where the rule asked for it.</param>
/// <param name="Reasons">Why it applied or not, in plain English and in the order it came out.</param>
public sealed record RuleExplanation(int Index, string Id, bool Applied, double? Bucket, IReadOnlyList<string> Reasons);

/// <summary>Collects what an evaluation did, for <see cref="FlagExplanation"/>.</summary>
internal sealed class Trace
{
    private readonly List<RuleExplanation> rules = [];
    private readonly List<string> reasons = [];
    private double? bucket;
    private string? id;

    public void Begin(CompiledRule rule)
    {
        Close(applied: false);
        id = rule.Id;
    }

    public void Say(string reason) => reasons.Add(reason);

    public void Hash(double hash) => bucket = hash;

    public FlagExplanation Explain(string flag, in FlagResult result)
    {
        Close(result.Source is FlagSource.Force or FlagSource.Experiment);
        return new FlagExplanation(flag, result, [.. rules], Sentence(result));
    }

    private void Close(bool applied)
    {
        if (id is not null) rules.Add(new RuleExplanation(rules.Count, id, applied, bucket, [.. reasons]));
        reasons.Clear();
        (bucket, id) = (null, null);
    }

    private string Sentence(in FlagResult result) => result.Source switch
    {
        FlagSource.UnknownFeature => "there is no such flag",
        FlagSource.DefaultValue => rules.Count == 0 ? "the flag has no rules, so its default holds" : "no rule applied, so the default holds",
        FlagSource.Force => $"rule {rules.Count} gives the value",
        FlagSource.Experiment => $"rule {rules.Count} runs experiment {result.Experiment!.Key}, which gives variation {result.Assignment.VariationKey}",
        FlagSource.Override => "the context forces the value",
        FlagSource.Prerequisite => $"rule {rules.Count} has a prerequisite that does not hold and turns the flag off",
        FlagSource.CyclicPrerequisite => "the flag's prerequisites lead back to a flag that waits for them",
        _ => result.Problem ?? "the flag cannot be evaluated",
    };
}
