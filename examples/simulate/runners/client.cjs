setTimeout(async () => {
  const response = await fetch("http://server/");
  console.log(response.status, await response.text());
}, 3_600_000);
