namespace Pawl.Insights;

/// <summary>How a node of the agent's graph does.</summary>
/// <param name="NodeId">The node.</param>
/// <param name="FailureRate">Its failed decisions among its decided ones; a pending one is neither success nor failure.</param>
/// <param name="Pending">Its decisions without an outcome.</param>
/// <param name="DecisionIds">The newest failed decisions, at most <see cref="Limits.EvidenceIds"/>.</param>
public sealed record NodeInsight(string NodeId, Proportion FailureRate, long Pending, IReadOnlyList<DecisionRef> DecisionIds)
{
    // Up to so many nodes are looked up one by one; all at once costs as much as about these.
    private const int OneByOne = 4;

    /// <summary>
    /// Whether it fails too often: at least ten decided decisions, and even the lower end of the failure rate's interval is
    /// above 10%. A bare ratio would call a node with one failure in two decisions a problem.
    /// </summary>
    public bool IsProblematic => FailureRate.N >= InsightLimits.MinimumSample && FailureRate.Wilson!.Value.Low > InsightLimits.ProblematicRate;

    /// <summary>All nodes of a goal, at most <see cref="InsightLimits.Nodes"/>; those with the most failures first.</summary>
    public static IReadOnlyList<NodeInsight> Of(IInsightView view, string goal, int evidence = Limits.EvidenceIds) =>
        WithEvidence(view, goal, [.. view.Nodes(goal, InsightLimits.Nodes).Select(Judge)], evidence);

    /// <summary>Those nodes that fail too often, the surest first.</summary>
    public static IReadOnlyList<NodeInsight> Problematic(IInsightView view, string goal, int evidence = Limits.EvidenceIds) => WithEvidence(
        view,
        goal,
        [
            .. view.Nodes(goal, InsightLimits.Nodes).Select(Judge).Where(node => node.IsProblematic)
                .OrderByDescending(node => node.FailureRate.Wilson!.Value.Low).ThenBy(node => node.NodeId, StringComparer.Ordinal),
        ],
        evidence);

    private static NodeInsight Judge(NodeTally node) => new(node.Node, new Proportion(node.Failed, node.Succeeded + node.Failed), node.Pending, []);

    private static IReadOnlyList<NodeInsight> WithEvidence(IInsightView view, string goal, List<NodeInsight> nodes, int limit)
    {
        if (nodes.All(node => node.FailureRate.Count == 0)) return nodes;
        if (nodes.Count <= OneByOne) return [.. nodes.Select(node => node with { DecisionIds = view.FailuresAt(goal, node.NodeId, limit) })];
        var ids = view.FailuresByNode(goal, limit);
        return [.. nodes.Select(node => node with { DecisionIds = ids.GetValueOrDefault(node.NodeId) ?? [] })];
    }
}
