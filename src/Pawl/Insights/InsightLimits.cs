namespace Pawl.Insights;

/// <summary>How much the insights look at and list. Counts stay exact beyond these limits; what is left out is said beside the list.</summary>
public static class InsightLimits
{
    /// <summary>Kinds of failure listed among a goal's patterns.</summary>
    public const int CommonKinds = 20;

    /// <summary>Kinds of failure compared, and groups of failed runs listed.</summary>
    public const int Kinds = 50;

    /// <summary>Decision ids beside one suggestion.</summary>
    public const int SuggestionIds = 100;

    /// <summary>Decision ids read in one go for all nodes together.</summary>
    public const int IdsAtOnce = 50_000;

    /// <summary>Nodes listed.</summary>
    public const int Nodes = 1000;

    /// <summary>Intents listed with their options.</summary>
    public const int Intents = 500;

    /// <summary>Runs named as examples of a group.</summary>
    public const int Examples = 10;

    /// <summary>The newest ended runs whose decisions are read one by one for suggestions.</summary>
    public const int StreamedRuns = 2000;

    /// <summary>Decisions of each run, after those that both begin with, that a comparison aligns.</summary>
    public const int AlignedDecisions = 5000;

    /// <summary>Decisions decided at a node, or made with an option, before it is judged.</summary>
    public const int MinimumSample = 10;

    /// <summary>A node is a problem where even the lower end of its failure rate's interval is above this.</summary>
    public const double ProblematicRate = 0.1;
}
