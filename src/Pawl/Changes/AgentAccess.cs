namespace Pawl.Changes;

/// <summary>What an agent is given besides its checkout. The sandbox keeps everything else from it, as far as its rung does.</summary>
/// <param name="Network">Whether it may use the network.</param>
/// <param name="Environment">The environment variables that it gets, by name.</param>
/// <param name="Read">Files and folders that it may read, as they were configured.</param>
public sealed record AgentAccess(bool Network, IReadOnlyList<string> Environment, IReadOnlyList<string> Read)
{
    /// <summary>The same in words: <c>the network; the variables API_KEY, MODEL; to read ~/.agent</c>.</summary>
    internal string Said => (Network, Environment, Read) is (false, [], [])
        ? "nothing besides its checkout"
        : string.Join("; ", ((IEnumerable<string>)[Network ? "the network" : "", List(Environment.Count == 1 ? "the variable " : "the variables ", Environment), List("to read ", Read)]).Where(part => part.Length > 0));

    /// <summary>Whether another access is the same.</summary>
    internal bool IsSame(AgentAccess other) => Network == other.Network && Environment.SequenceEqual(other.Environment, StringComparer.Ordinal) && Read.SequenceEqual(other.Read, StringComparer.Ordinal);

    private static string List(string what, IReadOnlyList<string> names) => names.Count == 0 ? "" : what + string.Join(", ", names);
}
