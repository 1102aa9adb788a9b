using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.RegularExpressions;

namespace Pawl.Tests.House;

/// <summary>
/// Reads from a compiled assembly what a merge at a forge or by git would take: the end of a path, a subcommand, a push option, a mutation, or the methods PUT and PATCH.
/// It reads all texts of the code, those in UTF-8 and in resources too, and every use of the framework's HTTP client. A text put together at run time is not seen;
/// for that, servers on loopback watch every request.
/// </summary>
internal static partial class MergeTraces
{
    private const string HttpClients = "System.Net.Http";

    /// <summary>The traces, each once, in order.</summary>
    public static IReadOnlyList<string> Read(string assemblyPath)
    {
        var bytes = File.ReadAllBytes(assemblyPath);
        using var pe = new PEReader(new MemoryStream(bytes));
        var metadata = pe.GetMetadataReader();
        return [.. UserStrings(metadata).Where(text => Trace().IsMatch(text) || Whole().IsMatch(text))
            .Concat(Utf8Texts(bytes).Where(text => Trace().IsMatch(text)))
            .Concat(HttpUses(metadata))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>All texts of the code in UTF-16.</summary>
    public static IEnumerable<string> UserStrings(MetadataReader metadata)
    {
        for (var handle = metadata.GetNextHandle(default(UserStringHandle)); !handle.IsNil; handle = metadata.GetNextHandle(handle)) yield return metadata.GetUserString(handle);
    }

    // Names of types and members are among these too; only what no name can hold is looked for. A path to symbols is where somebody built.
    private static IEnumerable<string> Utf8Texts(byte[] bytes) =>
        Printable().Matches(Encoding.Latin1.GetString(bytes)).Select(match => match.Value).Where(text => !text.EndsWith(".pdb", StringComparison.Ordinal));

    private static IEnumerable<string> HttpUses(MetadataReader metadata) =>
        from handle in metadata.MemberReferences
        let member = metadata.GetMemberReference(handle)
        where member.Parent.Kind == HandleKind.TypeReference
        let type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent)
        let typeName = metadata.GetString(type.Name)
        let name = metadata.GetString(member.Name)
        where metadata.GetString(type.Namespace).StartsWith(HttpClients, StringComparison.Ordinal)
            && (name.Contains("Put", StringComparison.Ordinal) || name.Contains("Patch", StringComparison.Ordinal) || (typeName == "HttpMethod" && name is ".ctor" or "Parse"))
        select $"{typeName}.{name}";

    [GeneratedRegex(@"/merge|\b(?:git|pr|mr|pulls?) (?:[^\n]* )?merge\b(?!-)|auto[-_ ]?merge|merge_(?:when|request)|merge(?:PullRequest|Branch)|mergeRequestAccept", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Trace();

    [GeneratedRegex(@"\A(?:merge|merge .*|put|patch)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Whole();

    [GeneratedRegex(@"[\x20-\x7E]{6,}", RegexOptions.CultureInvariant)]
    private static partial Regex Printable();
}
