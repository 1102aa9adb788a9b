namespace Pawl.Insights;

/// <summary>How a node of the agent's graph does.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="FailureRate">Its failed decisions among its decided ones; a pending one is neither success nor failure.</param>
/// <param name="Pending">Its decisions without an outcome.</param>
/// <param name="DecisionIds">The newest failed decisions, its most frequent failures first; at most <see cref="Limits.EvidenceIds"/>.</param>
public sealed record NodeInsight(string NodeId, Proportion FailureRate, long Pending, IReadOnlyList<DecisionRef> DecisionIds)
{
    /// <summary>
    /// Whether it fails too often: at least ten decided decisions, and even the lower end of the failure rate's interval is
    /// above 10%. A bare ratio would call a node with one failure in two decisions a problem.
    /// </summary>
    public bool IsProblematic => FailureRate.N >= InsightLimits.MinimumSample && FailureRate.Wilson!.Value.Low > InsightLimits.ProblematicRate;

    /// <summary>All nodes of a goal, at most <see cref="InsightLimits.Nodes"/>; those with the most failures first.</summary>
    public static IReadOnlyList<NodeInsight> Of(IInsightView view, string goal, int evidence = Limits.EvidenceIds) =>
        [.. view.Nodes(goal, InsightLimits.Nodes).Select(node => WithEvidence(view, goal, Judge(node), evidence))];

    /// <summary>Those nodes that fail too often, the surest first.</summary>
    public static IReadOnlyList<NodeInsight> Problematic(IInsightView view, string goal, int evidence = Limits.EvidenceIds) =>
    [
        .. view.Nodes(goal, InsightLimits.Nodes).Select(Judge).Where(node => node.IsProblematic)
            .OrderByDescending(node => node.FailureRate.Wilson!.Value.Low).ThenBy(node => node.NodeId, StringComparer.Ordinal)
            .Select(node => WithEvidence(view, goal, node, evidence)),
    ];

    private static NodeInsight Judge(NodeTally node) => new(node.Node, new Proportion(node.Failed, node.Succeeded + node.Failed), node.Pending, []);

    private static NodeInsight WithEvidence(IInsightView view, string goal, NodeInsight node, int limit)
    {
        var ids = new List<DecisionRef>();
        if (node.FailureRate.Count == 0) return node;
        foreach (var kind in view.FailuresAt(goal, node.NodeId, InsightLimits.Kinds))
        {
            if (ids.Count >= limit) break;
            ids.AddRange(view.Evidence(goal, kind.Word, node.NodeId, limit - ids.Count));
        }

        return node with { DecisionIds = ids };
    }
}
