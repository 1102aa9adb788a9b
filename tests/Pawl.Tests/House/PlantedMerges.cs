namespace Planted.Merges;

/// <summary>Ways to merge, each hidden in another place, for <see cref="Pawl.Tests.House.MergeTraceTests"/> to catch. None is ever called.</summary>
internal static class PlantedMerges
{
    private const string End = "/mer" + "ge";

    public static string ByPath(int number) => $"repos/pawl/shop/pulls/{number}/merge?planted";

    public static string ByConstant(string pull) => pull + End;

    public static byte[] ByUtf8() => "planted/merge_async"u8.ToArray();

    public static string[] ByGit() => ["git", "merge", "agent/planted"];

    public static string ByCommand() => "gh pr merge --squash planted";

    public static string ByMutation() => "mutation { enablePullRequestAutoMerge(input: {planted: 1}) }";

    public static string ByPushOption() => "merge_request.merge_when_pipeline_succeeds=planted";

    public static HttpMethod ByMethod() => HttpMethod.Put;

    public static HttpMethod ByOwnMethod(string name) => new(name);

    public static Task<HttpResponseMessage> ByClient(HttpClient client, Uri address) => client.PatchAsync(address, null);
}
