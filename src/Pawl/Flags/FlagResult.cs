using System.Text.Json;

namespace Pawl.Flags;

/// <summary>Why a flag has its value.</summary>
public enum FlagSource
{
    /// <summary>There is no such flag.</summary>
    UnknownFeature,

    /// <summary>No rule applied.</summary>
    DefaultValue,

    /// <summary>A rule gave it.</summary>
    Force,

    /// <summary>An experiment gave it.</summary>
    Experiment,

    /// <summary>The context forced it.</summary>
    Override,

    /// <summary>A prerequisite that gates the flag does not hold.</summary>
    Prerequisite,

    /// <summary>The flag waits for itself.</summary>
    CyclicPrerequisite,

    /// <summary>The flag cannot be read; <see cref="FlagResult.Problem"/> says why. Its value is its default where that can be read.</summary>
    Error,
}

/// <summary>A flag's value for one context, and why it has it.</summary>
public readonly record struct FlagResult
{
    /// <summary>The value; JSON's null where there is none.</summary>
    public JsonElement Value { get; init; }

    /// <summary>Why.</summary>
    public FlagSource Source { get; init; }

    /// <summary>The id of the rule that gave it; empty where it has none, or no rule gave it.</summary>
    public string RuleId { get; init; }

    /// <summary>The experiment that gave it; else null.</summary>
    public FlagExperiment? Experiment { get; init; }

    /// <summary>What the unit got there; only with <see cref="Experiment"/>.</summary>
    public ExperimentAssignment Assignment { get; init; }

    /// <summary>What is wrong with the flag; null: nothing.</summary>
    public string? Problem { get; init; }

    /// <summary>Whether JavaScript would take the value for true.</summary>
    public bool On => JavaScript.IsTruthy(Value);

    /// <summary>The contrary of <see cref="On"/>.</summary>
    public bool Off => !On;
}

/// <summary>What a unit got in an experiment.</summary>
public readonly record struct ExperimentAssignment
{
    /// <summary>The value of the variation; of the first one where the unit is not in the experiment.</summary>
    public JsonElement Value { get; init; }

    /// <summary>The index of the variation.</summary>
    public int VariationId { get; init; }

    /// <summary>The key of the variation; its index where it has none.</summary>
    public string VariationKey { get; init; }

    /// <summary>The name of the variation; null where it has none.</summary>
    public string? VariationName { get; init; }

    /// <summary>Whether the unit has a variation.</summary>
    public bool InExperiment { get; init; }

    /// <summary>Whether it was assigned by its hash or a sticky assignment, and counts in the results.</summary>
    public bool HashUsed { get; init; }

    /// <summary>Whether an earlier assignment decided, be it for or against.</summary>
    public bool StickyBucketUsed { get; init; }

    /// <summary>Whether evaluation goes on to the next rule.</summary>
    public bool Passthrough { get; init; }

    /// <summary>The hash, where it was used.</summary>
    public double? Bucket { get; init; }

    /// <summary>The attribute the unit is told by.</summary>
    public string HashAttribute { get; init; }

    /// <summary>The attribute's value; <c>default</c> where the unit has none.</summary>
    public AttributeValue HashValue { get; init; }

    /// <summary>The flag whose rule it is; null for an experiment run by itself.</summary>
    public string? FlagKey { get; init; }

    /// <summary>The leaf whose weights were used; null where none were, or the experiment is no contextual bandit.</summary>
    public ContextualLeaf? Leaf { get; init; }

    /// <summary>The weights the experiment has for this unit, those of a leaf among them; null: equal ones.</summary>
    public IReadOnlyList<double>? Weights { get; init; }
}
