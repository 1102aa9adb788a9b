namespace Pawl.Tests.House;

/// <summary>One type of an assembly using another of the same assembly, both by full name; nested types count as their outermost one.</summary>
internal readonly record struct TypeUse(string From, string To)
{
    public override string ToString() => $"{From} uses {To}";

    /// <summary>The namespace of a full type name; empty for the global one.</summary>
    public static string NamespaceOf(string type) => type.LastIndexOf('.') is > 0 and var dot ? type[..dot] : "";
}
